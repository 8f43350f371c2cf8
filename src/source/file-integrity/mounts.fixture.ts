import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Starts a shell in its own mount namespace.
 * @param atEnd receives a function that ends the shell
 */
export async function startShell(atEnd: (end: () => void) => void) {
  const shell = spawn("unshare", ["-m", "sh", "-c", 'while read -r line; do eval "$line"; echo "$?"; done']);
  atEnd(() => void shell.kill("SIGKILL"));
  shell.stdout.setEncoding("utf8");
  /** Runs a command; throws if it fails. */
  async function run(command: string): Promise<void> {
    shell.stdin.write(`${command}\n`);
    const [status] = await once(shell.stdout, "data");
    if (status !== "0\n") throw new Error(`${command}: ${status}`);
  }
  await run(":");
  return { pid: shell.pid, run };
}
