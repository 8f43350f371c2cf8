import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

const module = join(import.meta.dirname, "sensor.ts");
/** A program that runs in place of a sensor: it prints its PID and is then suspended. */
const SUSPENDING = `
const { SupervisedSensor } = await import(${JSON.stringify(module)});
const command = ["sh", "-c", "echo notice: Watching this >&2; echo pid $$ >&2; exec sleep 1000"];
const sensor = new SupervisedSensor("", (line) => console.log(line), command);
process.once("SIGTERM", () => process.exit(1));
await sensor.suspend(1_000_000);
`;

/** Returns the state of a process: "T" if it is stopped; undefined if it has ended. */
function state(pid: number): string | undefined {
  try {
    return /^State:\s*([^Z])/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  } catch {
    return undefined;
  }
}

test("a suspended sensor ends when the program that suspended it exits", async () => {
  const attacker = spawn(process.execPath, ["--input-type=module", "-e", SUSPENDING], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  attacker.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  while (!/pid \d+\n/.test(text)) await once(attacker.stdout, "data");
  const pid = Number(/pid (\d+)/.exec(text)?.[1]);
  while (state(pid) !== "T") await sleep(10);
  attacker.kill("SIGTERM");
  await once(attacker, "exit");
  while (state(pid) !== undefined) await sleep(10);
  expect(state(pid)).toBeUndefined();
});
