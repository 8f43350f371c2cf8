import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endChild, startChild } from "./child.ts";
import { needs } from "./needs.ts";

const program = `import { startChild } from ${JSON.stringify(join(import.meta.dirname, "child.ts"))};
console.log(startChild("sleep", ["600"], { stdio: "ignore" }).pid);`;

/** Whether a process runs; a zombie has no command line. */
function runs(pid: number): boolean {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) && readFileSync(path, "utf8") !== "";
}

test("a child ends when the process that started it is killed", needs("setpriv"), async () => {
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [bytes] = await once(parent.stdout, "data");
  const child = Number(String(bytes));
  await expect.poll(() => runs(child)).toBe(true); // for a moment, while it executes sleep, it has no command line
  parent.kill("SIGKILL");
  await expect.poll(() => runs(child), { timeout: 60_000 }).toBe(false);
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
