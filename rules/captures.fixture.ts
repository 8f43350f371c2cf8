import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { type DrilledAlert, readAlerts } from "../src/drill/check.ts";

const home = join(import.meta.dirname, "..");
const shared = process.env.EYAS_SHARED ?? join(home, "../shared");

/**
 * Captures, and the alerts of Falco's rules for one of the captures. These files are not in the repository and may be
 * absent.
 */
export const recordings = {
  attack: join(shared, "conformance/traces/attack.scap.gz"),
  attackByStable: join(shared, "conformance/alerts/attack-stable-all.jsonl.gz"),
  attackByAll: join(shared, "conformance/alerts/attack-all-all.jsonl.gz"),
  busy: join(shared, "bench/busy.scap.gz"),
  allCalls: join(shared, "bench/allsys.scap.gz"),
} as const;

/** Alerts of rule files for a capture; each event is evaluated against all rules. */
export function replay(recording: string, ...files: readonly string[]): DrilledAlert[] {
  const rules = files.flatMap((file) => ["-r", resolve(home, "rules", file)]);
  const ran = spawnSync(join(home, "bin/eyas"), ["replay", recording, ...rules, "--match", "all", "--json"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return readAlerts(ran.stdout);
}

export function alertsIn(path: string): DrilledAlert[] {
  return readAlerts(gunzipSync(readFileSync(path)).toString());
}

/** Key of an alert: time of the event and rule. */
export function moment(rule: string, alert: DrilledAlert): string {
  return `${rule} @ ${alert.fields["evt.time"]}`;
}

/** Formats an alert as one line. */
export function alertText({ rule, fields }: DrilledAlert): string {
  return `${rule}: ${fields["proc.cmdline"]} ${fields["fd.name"] ?? ""}`;
}
