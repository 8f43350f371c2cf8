import { type Facts, textOf } from "../../../../transport/json.ts";
import { accountOf, type OwnAccount, userOf } from "../own-account.ts";

// Subjects of bindings: {kind, name, namespace}.

/**
 * Returns a string that identifies a subject. A service account and the user with its user name have the same string.
 */
export function subjectKey({ kind, name, namespace }: Facts): string {
  if (kind === "ServiceAccount") return userKey(userOf({ namespace: textOf(namespace), name: textOf(name) }));
  return kind === "Group" ? groupKey(textOf(name)) : userKey(textOf(name));
}

export function userKey(name: string): string {
  return `user ${cleaned(name)}`;
}

export function groupKey(name: string): string {
  return `group ${cleaned(name)}`;
}

/**
 * Replaces control characters in the same way as in alerts. Names that differ only in control characters are treated as
 * equal.
 */
function cleaned(name: string): string {
  return name.toWellFormed().replaceAll(/[\p{Cc}\p{Noncharacter_Code_Point}]/gu, "\u{fffd}");
}

/** Whether a subject is the account of Eyas, or a group of Eyas that does not contain all users. */
export function isOwnSubject(subject: Facts, { user, groups }: OwnAccount): boolean {
  const key = subjectKey(subject);
  return (user !== "" && key === userKey(user)) || groups.some((group) => key === groupKey(group));
}

/** Groups of `system:` that can include any user. A binding to them may be an attack. */
const OPEN: RegExp = /^system:(?:authenticated|unauthenticated|serviceaccounts(?::.+)?)$/;

/** Whether a subject belongs to Kubernetes or its administrators, such as `system:masters` or a node. */
export function isSystemSubject(subject: Facts, isProtected: (namespace: string) => boolean): boolean {
  const key = subjectKey(subject);
  const name = key.slice(key.indexOf(" ") + 1);
  if (key.startsWith("group ")) return /^(?:system|kubeadm):/.test(name) && !OPEN.test(name);
  const account = accountOf(name);
  if (account !== undefined) return isProtected(account.namespace);
  return name.startsWith("system:") && name !== "system:anonymous";
}
