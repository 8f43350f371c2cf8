import { isArray, type Json, member } from "../event/document.ts";

/** Verbs with which a user can take over a cluster, if they apply to all resources. */
const READS: readonly string[] = ["get", "list"];
const WRITES: readonly string[] = ["update", "patch"];

/**
 * Whether the rules of a role together allow all verbs on all resources, or so many that it makes no difference: reading,
 * creating, changing and deleting all resources.
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
  if (verbs.has("*")) return true;
  const hasAny = (some: readonly string[]): boolean => some.some((verb) => verbs.has(verb));
  return verbs.has("create") && verbs.has("delete") && hasAny(READS) && hasAny(WRITES);
}
