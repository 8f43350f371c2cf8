import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";

/** Waits for events of a system call that no program makes, and then runs `end`. */
const program = (end: string): string => `
import { LiveSource } from ${JSON.stringify(join(import.meta.dirname, "live.ts"))};
import { syscallId } from ${JSON.stringify(join(import.meta.dirname, "../../event/syscalls.ts"))};
const live = new LiveSource({ calls: new Set([syscallId.get("delete_module") ?? 0]), ringSize: 1 << 20 });
void live.wait();
setTimeout(() => { ${end} }, 200);
`;

describe("a process that waits for events", needs("sensor"), () => {
  test.each([
    ["after process.exit", "process.exit(7);", 7],
    ["after an uncaught error", 'throw new Error("an error that nothing catches");', 1],
  ])("ends %s even if no event occurs", (_when, end, code) => {
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "-e", program(end)];
    const { status, signal, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 300_000 });
    expect([status, signal], stderr).toEqual([code, null]);
  });
});
