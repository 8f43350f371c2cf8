import { isArray, type Json, member } from "../event/document.ts";

/**
 * Whether the rules of a role together allow all verbs on all resources, or all verbs needed to take over a cluster.
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

/** Verbs needed on all resources to take over a cluster: one of each row. */
const NEEDED: readonly (readonly string[])[] = [
  ["get", "list", "watch"],
  ["create"],
  ["update", "patch"],
  ["delete", "deletecollection"],
];

/** Whether verbs contain `*`, or allow reading, creating, changing and deleting. */
export function areAllVerbs(verbs: ReadonlySet<unknown>): boolean {
  return verbs.has("*") || NEEDED.every((row) => row.some((verb) => verbs.has(verb)));
}
