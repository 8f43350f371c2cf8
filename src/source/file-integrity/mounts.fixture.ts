import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished } from "vitest";

/** Starts a shell in its own mount namespace. */
export async function startShell() {
  const shell = spawn("unshare", ["-m", "sh", "-c", 'while read -r line; do eval "$line"; echo "$?"; done']);
  onTestFinished(() => void shell.kill("SIGKILL"));
  shell.stdout.setEncoding("utf8");
  async function run(command: string): Promise<void> {
    shell.stdin.write(`${command}\n`);
    expect(await once(shell.stdout, "data"), command).toEqual(["0\n"]);
  }
  await run(":");
  return { pid: shell.pid, run };
}
