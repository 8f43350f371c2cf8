import type { Alert } from "../alert/alert.ts";

/**
 * Expands a template for a broker destination: `<priority>` and `<rule>` in lower case. In the rule, underscores
 * replace characters other than letters and digits, which brokers may interpret.
 */
export function subjectOf({ priority, rule }: Alert, template: string): string {
  const slug = rule
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return template.replaceAll("<priority>", priority.toLowerCase()).replaceAll("<rule>", slug || "_");
}
