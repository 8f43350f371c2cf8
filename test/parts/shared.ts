import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "./part.ts";

/** The reference's data for tests: EYAS_SHARED, else the folder `shared` beside the checkout. */
export const sharedFolder: string = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../../shared");

/** A part that is files of the reference's data. */
function shared<Name extends string>(name: Name, ...files: readonly string[]): Part<Name> {
  return {
    name,
    missing() {
      if (!existsSync(sharedFolder)) return "the reference's data are not here (EYAS_SHARED)";
      const lacking = files.find((file) => !existsSync(join(sharedFolder, file)));
      return lacking === undefined ? undefined : `there is no ${lacking} in the reference's data`;
    },
  };
}

/** The reference's tables, recordings and answers. */
export const referenceData = [
  shared("shared"),
  shared("shared tables", "reference/fields.json", "reference/events.json"),
  shared("shared captures", "conformance/traces/attack.scap.gz"),
  shared("shared benchmarks", "bench/busy.scap.gz"),
  shared("shared alerts", "conformance/traces/attack.scap.gz", "conformance/alerts/attack-stable-all.jsonl.gz"),
  shared("shared fields", "conformance/traces", "conformance/fields"),
  shared("shared conditions", "conformance/traces", "conformance/conditions"),
  shared("shared rule files", "conformance/cases.jsonl"),
  shared("shared audit events", "conformance/k8s_audit/scenarios/audit-log.jsonl"),
  shared("upstream rules", "upstream-rules/falco_rules.yaml", "upstream-rules/k8s_audit_rules.yaml"),
] as const satisfies readonly Part[];
