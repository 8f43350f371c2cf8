import type { Alert } from "../../alert/alert.ts";
import type { Enrichment } from "../../field/role.ts";
import { enrichmentOf } from "../../field/roles.ts";
import { type EnrichedSubject, whyMissing } from "../../machine/missing-reason.ts";
import type { Observed } from "../../machine/observed.ts";
import { LabelCounter } from "../../telemetry/label-counter.ts";

/** Maximum number of series, since the number of fields in rules is unlimited. */
const MOST = 2000;

/** The subject of each kind of enrichment. The subject determines the reason label of a missing value. */
const subjects: Readonly<Partial<Record<Enrichment, EnrichedSubject>>> = {
  container: "container",
  sandbox: "pod",
  pod: "pod",
  "pod-object": "cluster",
  "pod-owners": "cluster",
  workload: "workload",
};

/** Counts alert fields that have no value because enrichment is missing. */
export interface MissingFieldCounter {
  /** Number of alerts with a missing value, by field and reason. */
  readonly counts: LabelCounter;
  count(alert: Alert, event: Observed): void;
}

export function missingFieldCounter(): MissingFieldCounter {
  const counts = new LabelCounter(MOST);
  /** Cached fields that need enrichment. The key is the list of field names, which all alerts of a rule share. */
  const ofInterest = new WeakMap<readonly string[], readonly (readonly [at: number, subject: EnrichedSubject])[]>();

  function interesting(names: readonly string[]): readonly (readonly [at: number, subject: EnrichedSubject])[] {
    const known = ofInterest.get(names);
    if (known !== undefined) return known;
    const found = names.flatMap((name, at) => {
      const subject = subjectOf(name);
      return subject === undefined ? [] : [[at, subject] as const];
    });
    ofInterest.set(names, found);
    return found;
  }

  return {
    counts,
    count({ parts }, event) {
      if (parts === undefined) return;
      for (const [at, subject] of interesting(parts.names)) {
        const name = parts.names[at];
        if (name === undefined || parts.values[at] !== "null") continue;
        counts.add([name, whyMissing(event.machine, event.thread, subject)]);
      }
    },
  };
}

function subjectOf(name: string): EnrichedSubject | undefined {
  const needed = enrichmentOf(name);
  return needed && subjects[needed];
}
