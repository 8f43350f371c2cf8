import { INTERNAL_SOURCE } from "./internal.ts";

// Received alerts keep the values from their senders, except names that this installation uses for its own alerts.
// Otherwise, rules, conditions and users would mistake received alerts for alerts of this program or machine.

/** The source of received alerts whose original source is `internal`. */
export const RECEIVED_INTERNAL = "received_internal";
/** Prefixes for names of received rules and fields that this installation uses for its own rules and fields. */
const RECEIVED = "Received: ";
const RECEIVED_FIELD = "received.";

/** Normalizes a name, so that names that look alike are equal. */
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

/** Renames received fields whose names are reserved for this program, such as `eyas.repeats`. */
export function receivedFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isOwn = (name: string): boolean => /^\s*eyas\s*[._]/iu.test(name.normalize("NFKC"));
  if (!Object.keys(fields).some(isOwn)) return fields;
  const all = Object.entries(fields);
  // Renamed fields come last, so that they replace fields with the same new name.
  const others = all.filter(([name]) => !isOwn(name));
  const own = all
    .filter(([name]) => isOwn(name))
    .map(([name, value]) => [RECEIVED_FIELD + name.trim(), value] as const);
  return Object.fromEntries([...others, ...own]);
}

/**
 * Marks the hostname of a received alert if it is equal to `own`.
 * @param own the hostname that unauthenticated senders cannot use; undefined allows any hostname
 */
export function receivedHost(host: string, own: string | undefined): string {
  return own !== undefined && own !== "" && hostName(host) === hostName(own) ? `${host} (received)` : host;
}

function hostName(host: string): string {
  return host
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\p{Cf}\p{Cc}\s]|\.$/gu, "");
}
