import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "./part.ts";

/** Directory of the reference data for tests: EYAS_SHARED, otherwise the directory `shared` beside the checkout. */
export const sharedFolder: string = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../../shared");

/** Describes a part that consists of files of the reference data. */
function shared<Name extends string>(name: Name, ...files: readonly string[]): Part<Name> {
  return {
    name,
    missing() {
      if (!existsSync(sharedFolder)) return "the reference data is missing (EYAS_SHARED)";
      const lacking = files.find((file) => !existsSync(join(sharedFolder, file)));
      return lacking === undefined ? undefined : `there is no ${lacking} in the reference data`;
    },
  };
}

/** A directory with the rule files of Falco's plugins, from https://github.com/falcosecurity/plugins. */
export const pluginRules: string = process.env.FALCO_PLUGIN_RULES ?? "";

/** Rule files that are not in any package registry. */
export const pluginRuleFiles = {
  name: "plugin rules",
  missing: () =>
    existsSync(pluginRules) ? undefined : "FALCO_PLUGIN_RULES is not a directory with rule files of Falco's plugins",
} as const satisfies Part;

/** Falco's own configuration, `falco.yaml` of https://github.com/falcosecurity/falco. */
export const falcoConfig: string = process.env.FALCO_CONFIG ?? "";

export const falcoConfigFile = {
  name: "Falco's configuration",
  missing: () => (existsSync(falcoConfig) ? undefined : "FALCO_CONFIG is not the path of a falco.yaml"),
} as const satisfies Part;

/** Tables, recordings and results of the reference. */
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
