import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endChild, startChild } from "./child.ts";
import { needs } from "./needs.ts";

const program = `import { startChild } from ${JSON.stringify(join(import.meta.dirname, "child.ts"))};
console.log(startChild("sleep", ["600"], { stdio: "ignore" }).pid);`;

/** The name of the program that a process runs; empty if it has ended or is a zombie. */
function programOf(pid: number): string {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) ? (readFileSync(path, "utf8").split("\0")[0] ?? "") : "";
}

test("a child ends when the process that started it is killed", needs("setpriv"), async () => {
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [bytes] = await once(parent.stdout, "data");
  const child = Number(String(bytes));
  await expect.poll(() => programOf(child)).toBe("sleep"); // before that, setpriv may not have set the signal
  parent.kill("SIGKILL");
  await expect.poll(() => programOf(child), { timeout: 60_000 }).toBe("");
});

test("a child that ignores SIGTERM is killed", async () => {
  const child = startChild("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout ?? child, "data");
  await endChild(child);
  expect(child.signalCode).toBe("SIGKILL");
  await endChild(child);
  const gone = execFile("true");
  await once(gone, "exit");
  await endChild(gone);
});
