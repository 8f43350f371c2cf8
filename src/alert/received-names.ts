import { INTERNAL_SOURCE } from "./internal.ts";

// Received alerts keep what their senders say, except names that this installation uses for its own alerts: rules,
// conditions and readers would take such an alert for one of this program or this machine.

/** The source of internal alerts of other installations. */
export const RECEIVED_INTERNAL = "received_internal";
/** Prefix of rules and fields that have names of this installation. */
const RECEIVED = "Received: ";
const RECEIVED_FIELD = "received.";

/** Name without the differences that a reader does not see. */
function plain(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]/gu, "");
}

export function receivedSource(source: string): string {
  return plain(source) === INTERNAL_SOURCE ? RECEIVED_INTERNAL : source;
}

export function receivedRule(rule: string): string {
  return plain(rule).startsWith("eyasinternal") ? RECEIVED + rule : rule;
}

/** Fields with another name if this program uses theirs, such as `eyas.repeats`. */
export function receivedFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isOwn = (name: string): boolean => /^\s*eyas\s*[._]/iu.test(name.normalize("NFKC"));
  if (!Object.keys(fields).some(isOwn)) return fields;
  const all = Object.entries(fields);
  // The renamed ones are last, so that they replace a field that has their new name.
  const others = all.filter(([name]) => !isOwn(name));
  const own = all
    .filter(([name]) => isOwn(name))
    .map(([name, value]) => [RECEIVED_FIELD + name.trim(), value] as const);
  return Object.fromEntries([...others, ...own]);
}

/** @param own the name of this machine, which senders without authentication cannot use; undefined: they can */
export function receivedHost(host: string, own: string | undefined): string {
  return own !== undefined && own !== "" && hostName(host) === hostName(own) ? `${host} (received)` : host;
}

function hostName(host: string): string {
  return host
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\p{Cf}\p{Cc}\s]|\.$/gu, "");
}
