// A running `eyas run` that receives alerts from other installations, without the sensor.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { home } from "../../src/agent/home.ts";
import { openReader } from "../../src/journal/read.ts";
import { usageOf } from "../audit/run.ts";

export interface Usage {
  /** CPU time of the process since its start, in seconds. */
  readonly cpu: number;
  /** Memory in MiB. */
  readonly memory: number;
  /** CPU time of its threads, in seconds. */
  readonly threads: ReadonlyMap<string, number>;
}

export interface Intake {
  /** URL to which alerts are posted. */
  readonly url: string;
  usage(): Usage;
  /** Stops the program and removes its files. @returns the number of alerts in the journal */
  end(): Promise<number>;
}

/**
 * @param settings more configuration, `key=value`
 * @throws Error with the output of the program if it does not start
 */
export async function startIntake(settings: readonly string[]): Promise<Intake> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-alerts-"));
  const journal = join(folder, "journal.db");
  const all = [
    "engine.kind=nodriver",
    `journal.path=${journal}`,
    "stdout_output.enabled=false",
    "alert_intake.enabled=true",
    "alert_intake.listen_port=0",
    "alert_intake.require_token=never",
    ...settings,
  ];
  const eyas = spawn(join(home, "bin/eyas"), ["run", ...all.flatMap((one) => ["-o", one])], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => eyas.once("exit", resolve));
  let said = "";
  eyas.stderr.on("data", (bytes) => {
    said += bytes;
  });
  while (!said.includes("Watching")) {
    if (eyas.exitCode !== null) throw new Error(said);
    await sleep(20);
  }
  const pid = eyas.pid ?? 0;
  return {
    url: /installations on (\S+\d)/.exec(said)?.[1] ?? "",
    usage: () => ({ ...usageOf(pid), threads: threadsOf(pid) }),
    async end() {
      eyas.kill("SIGTERM");
      await ended;
      const reader = openReader(journal);
      const stored = reader?.count(undefined, "rule").reduce((sum, { count }) => sum + count, 0) ?? 0;
      reader?.close();
      rmSync(folder, { recursive: true });
      return stored;
    },
  };
}

/** Clock ticks per second in /proc/PID/stat. */
const TICKS = 100;

/** Returns the CPU time of each thread in seconds. Threads with the same name are numbered in the order of their start. */
function threadsOf(pid: number): Map<string, number> {
  const threads = new Map<string, number>();
  for (const tid of readdirSync(`/proc/${pid}/task`).sort((a, b) => Number(a) - Number(b))) {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, "utf8");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const [user, system] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13);
    let [unique, number] = [name, 1];
    while (threads.has(unique)) unique = `${name} ${++number}`;
    threads.set(unique, (Number(user) + Number(system)) / TICKS);
  }
  return threads;
}
