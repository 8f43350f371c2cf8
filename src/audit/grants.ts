import { isArray, type Json, member } from "../event/document.ts";

/**
 * Whether a role allows everything: all its rules for all resources (`*`) together allow all verbs, or at least one
 * verb from each row of {@link NEEDED}. API groups are ignored.
 */
export function allowsEverything(rules: Json | undefined): boolean {
  if (!isArray(rules)) return false;
  const verbs = new Set<Json>();
  for (const rule of rules) {
    const [resources, own, names] = ["resources", "verbs", "resourceNames"].map((key) => member(rule, key));
    const isLimited = isArray(names) && names.length > 0;
    if (!isArray(resources) || !resources.includes("*") || !isArray(own) || isLimited) continue;
    for (const verb of own) verbs.add(verb);
  }
  return areAllVerbs(verbs);
}

/**
 * Verbs that are sufficient to take over a cluster if they are allowed on all resources: at least one from each row.
 */
const NEEDED: readonly (readonly string[])[] = [
  ["get", "list", "watch"],
  ["create"],
  ["update", "patch"],
  ["delete", "deletecollection"],
];

/** Whether a set of verbs contains `*`, or allows reading, creating, changing and deleting. */
export function areAllVerbs(verbs: ReadonlySet<unknown>): boolean {
  return verbs.has("*") || NEEDED.every((row) => row.some((verb) => verbs.has(verb)));
}
