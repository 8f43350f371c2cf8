import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startProgram } from "./brokers.fixture.ts";

/** A server that starts a program in a separate session, as Erlang does with epmd. */
const server = `const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
writeFileSync("pid", String(child.pid));
require("node:net").createServer().listen(Number(process.argv[1]), "127.0.0.1");`;

/** The environment of a process; empty after it has exited. */
function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

test("detached child processes of a server are terminated when the server is removed", async () => {
  const broker = await startProgram("detached", process.execPath, (port) => ["-e", server, `${port}`]);
  const pid = readFileSync(join(broker.folder, "pid"), "utf8");
  expect(environment(pid)).toContain(broker.folder);
  await broker.remove();
  await vi.waitFor(() => expect(environment(pid)).toBe(""));
});
