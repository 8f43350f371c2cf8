import type { Alert } from "../alert/alert.ts";

/**
 * The destination of an alert at a broker, from a template with `<priority>` and `<rule>`. Both are in lower case, and
 * the rule has only letters and digits with underscores between, since brokers interpret other characters.
 */
export function subjectOf({ priority, rule }: Alert, template: string): string {
  const slug = rule
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return template.replaceAll("<priority>", priority.toLowerCase()).replaceAll("<rule>", slug || "_");
}
