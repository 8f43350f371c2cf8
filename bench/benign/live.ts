import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultRulesOf } from "../../src/agent/load/ready-rules.ts";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";
import { READY, READY_RULE, startSensorWith } from "../../test/live/sensor.ts";
import { type Measured, prepare, type Stage } from "./measure.ts";
import type { Workload } from "./workloads.ts";

/** Maximum number of ancestors of an alert's process that are searched for a workload. */
const GENERATIONS = 20;
const PIDS = ["proc.pid", ...Array.from({ length: GENERATIONS }, (_, i) => `proc.apid[${i + 1}]`)];

const BASELINE = "File integrity baseline created";
/** Maximum duration of the first file integrity scan, in milliseconds. */
const SCAN = 600_000;

export interface LiveOptions {
  readonly minutes: number;
  /** Rule files; empty: the default rules. */
  readonly rules: readonly string[];
  /** Called with each alert as it arrives; `workload` is undefined if the alert belongs to no workload. */
  readonly onAlert?: (workload: Workload | undefined, alert: DrilledAlert) => void;
}

/**
 * Runs workloads in parallel while this machine is monitored, with the default settings of file integrity.
 * @returns the alerts of each workload, assigned by process lineage
 * @throws if the sensor cannot start
 */
export async function measureLive(
  workloads: readonly Workload[],
  { minutes, rules, onAlert }: LiveOptions,
): Promise<Map<Workload, Measured>> {
  const folder = mkdtempSync(join(tmpdir(), "benign-"));
  const stages = new Map<Workload, Stage>();
  for (const workload of workloads) stages.set(workload, await prepare(workload, "/dev/null"));
  const files = rules.length > 0 ? rules : defaultRulesOf(["syscall", "file_integrity"]);
  const sensor = await startSensorWith(
    files,
    READY_RULE,
    ...["-p", PIDS.map((field) => `%${field}`).join(" ")],
    ...["-o", `sources.file_integrity.baseline=${join(folder, "baseline.db")}`],
  );
  const roots = new Map<number, Workload>();
  const workloadOf = ({ fields }: DrilledAlert): Workload | undefined =>
    PIDS.map((field) => roots.get(Number(fields[field]))).find((workload) => workload !== undefined);
  try {
    if (rules.length === 0) await scanned(() => sensor.alerts(), sensor.log);
    const known = sensor.alerts().length;
    sensor.onLine((line) => {
      for (const alert of readAlerts(line)) if (alert.rule !== READY) onAlert?.(workloadOf(alert), alert);
    });
    const began = Date.now();
    const lasted = new Map<Workload, number>();
    await Promise.all(
      [...stages].map(async ([workload, stage]) => {
        await stage.run(minutes, (root) => roots.set(root, workload));
        lasted.set(workload, (Date.now() - began) / 60e3);
      }),
    );
    await sensor.settled();
    if (sensor.drops() > 0) process.stderr.write(`${sensor.log()}\n`);
    const alerts = Map.groupBy(sensor.alerts().slice(known), workloadOf);
    return new Map(
      workloads.map((workload) => [
        workload,
        { minutes: lasted.get(workload) ?? 0, events: undefined, alerts: alerts.get(workload) ?? [] },
      ]),
    );
  } finally {
    await sensor.stop();
    for (const stage of stages.values()) await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when file integrity has recorded the state of the files. */
async function scanned(alerts: () => readonly DrilledAlert[], log: () => string): Promise<void> {
  for (const end = Date.now() + SCAN; !alerts().some(({ rule }) => rule === BASELINE); ) {
    if (Date.now() > end) throw new Error(`file integrity has no baseline: ${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
