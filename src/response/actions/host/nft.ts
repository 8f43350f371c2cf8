import { spawn } from "node:child_process";
import { closeDescriptor, memoryFile } from "./libc.ts";

/** Maximum length of `nft` error messages, in characters. */
const MAX_MESSAGE = 300;

/**
 * Runs `nft` commands, given as JSON on standard input, in one transaction. nft 1.0.6 opens standard input by path.
 * @throws Error with a message for the user if nft cannot be started or rejects the commands
 */
export function changeRuleset(commands: readonly object[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const environment = { PATH: "/usr/sbin:/sbin:/usr/bin:/bin", LC_ALL: "C" };
    const input = memoryFile(JSON.stringify({ nftables: commands }));
    const nft = spawn("nft", ["-j", "-f", "-"], { env: environment, stdio: [input, "ignore", "pipe"], signal });
    closeDescriptor(input);
    let complaint = "";
    nft.stderr?.on("data", (bytes: Buffer) => {
      if (complaint.length < MAX_MESSAGE) complaint += bytes.toString();
    });
    nft.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code === "ENOENT" ? "the program nft is not installed: install nftables" : error.message)),
    );
    nft.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new Error(`nft failed: ${sentence(complaint)}`));
    });
  });
}

function sentence(complaint: string): string {
  return complaint.replace(/\s+/g, " ").slice(0, MAX_MESSAGE).trim() || "no error message";
}
