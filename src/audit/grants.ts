import { isArray, type Json, member } from "../event/document.ts";

/**
 * Whether the rules of a role together allow all verbs on all resources, or so many that it makes no difference.
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

/** Verbs that a user needs to take over a cluster, one of each row, if they apply to all resources. */
const NEEDED: readonly (readonly string[])[] = [
  ["get", "list", "watch"],
  ["create"],
  ["update", "patch"],
  ["delete", "deletecollection"],
];

/** Whether verbs are all verbs, or allow to read, create, change and delete. */
export function areAllVerbs(verbs: ReadonlySet<unknown>): boolean {
  return verbs.has("*") || NEEDED.every((row) => row.some((verb) => verbs.has(verb)));
}
