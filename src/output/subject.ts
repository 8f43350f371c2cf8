import type { Alert } from "../alert/alert.ts";

/**
 * Where a broker puts an alert, after a template with `<priority>` and `<rule>`: both in lower case, and of the rule only letters
 * and digits, with underscores between, since brokers interpret other characters.
 */
export function subjectOf({ priority, rule }: Alert, template: string): string {
  const slug = rule
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return template.replaceAll("<priority>", priority.toLowerCase()).replaceAll("<rule>", slug || "_");
}
