import { spawn } from "node:child_process";
import { closeDescriptor, memoryFile } from "./libc.ts";

/** Characters of what `nft` complains of. */
const LONGEST_COMPLAINT = 300;

/**
 * Has `nft` do commands, all or none. They go to it as JSON on its standard input, which version 1.0.6 opens by name.
 * @throws Error with one sentence where it can't be started or refuses
 */
export function changeRuleset(commands: readonly object[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const environment = { PATH: "/usr/sbin:/sbin:/usr/bin:/bin", LC_ALL: "C" };
    const input = memoryFile(JSON.stringify({ nftables: commands }));
    const nft = spawn("nft", ["-j", "-f", "-"], { env: environment, stdio: [input, "ignore", "pipe"], signal });
    closeDescriptor(input);
    let complaint = "";
    nft.stderr?.on("data", (bytes: Buffer) => {
      if (complaint.length < LONGEST_COMPLAINT) complaint += bytes.toString();
    });
    nft.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code === "ENOENT" ? "there is no program nft: install nftables" : error.message)),
    );
    nft.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new Error(`nft refuses: ${sentence(complaint)}`));
    });
  });
}

function sentence(complaint: string): string {
  return complaint.replace(/\s+/g, " ").slice(0, LONGEST_COMPLAINT).trim() || "it does not say why";
}
