import type { Alert } from "../../alert/alert.ts";
import type { Enrichment } from "../../field/role.ts";
import { enrichmentOf } from "../../field/roles.ts";
import { type EnrichedSubject, whyMissing } from "../../machine/missing-reason.ts";
import type { Observed } from "../../machine/observed.ts";
import { LabelCounter } from "../../telemetry/label-counter.ts";

/** Fields of rules and the reasons: there are as many as people write. */
const MOST = 2000;

/** Why a field that needs an enrichment may have no value depends on this. */
const subjects: Readonly<Partial<Record<Enrichment, EnrichedSubject>>> = {
  container: "container",
  sandbox: "pod",
  pod: "pod",
  "pod-object": "cluster",
  "pod-owners": "cluster",
  workload: "workload",
};

/** Counts fields that have no value in alerts. */
export interface Lacks {
  /** By field and reason. */
  readonly counts: LabelCounter;
  count(alert: Alert, event: Observed): void;
}

export function noLacks(): Lacks {
  const counts = new LabelCounter(MOST);
  /** Which of an alert's fields are of interest: alerts of one rule share the list of their names. */
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
        if (parts.values[at] !== "null") continue;
        counts.add([parts.names[at], whyMissing(event.machine, event.thread, subject)]);
      }
    },
  };
}

function subjectOf(name: string): EnrichedSubject | undefined {
  const needed = enrichmentOf(name);
  return needed && subjects[needed];
}
