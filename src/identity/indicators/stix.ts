import type { IndicatorKind } from "../../condition/indicator-set.ts";

/**
 * For each kind, the STIX 2.1 object types whose property `value` is an indicator, and a regular expression for
 * comparisons in patterns.
 */
const values: Readonly<Record<IndicatorKind, { readonly types: readonly string[]; readonly pattern: RegExp }>> = {
  hash: { types: [], pattern: /file:hashes\.(?:'[^']+'|"[^"]+"|[\w-]+)\s*=\s*'([^']*)'/g },
  address: { types: ["ipv4-addr", "ipv6-addr"], pattern: /ipv[46]-addr:value\s*(?:=|ISSUBSET)\s*'([^']*)'/g },
  domain: { types: ["domain-name"], pattern: /domain-name:value\s*=\s*'([^']*)'/g },
};

/**
 * Pattern operators that combine or negate observations. A single value of a pattern with such an operator is not an
 * indicator.
 */
const COMPOUND = /\b(?:AND|FOLLOWEDBY|NOT)\b/;

/** A value in a bundle and the object that contains it. */
export interface StixValue {
  readonly value: string;
  /** The `id` of the object. */
  readonly id: string;
}

/** The values of a bundle. */
export interface StixBundle {
  readonly values: readonly StixValue[];
  /** Number of indicators with a pattern that cannot be converted to a list of values. */
  readonly skipped: number;
}

/**
 * Reads the values of one kind from a STIX 2.1 bundle. The values are from the patterns of indicators that have not
 * expired at `now` and are not revoked, and from observed addresses, domains and files.
 * @param now milliseconds since the epoch
 * @throws SyntaxError, Error if the text is not a bundle
 */
export function readStix(text: string, kind: IndicatorKind, now: number): StixBundle {
  const bundle: unknown = JSON.parse(text);
  const objects = isRecord(bundle) ? bundle.objects : undefined;
  if (!isRecord(bundle) || bundle.type !== "bundle" || !Array.isArray(objects))
    throw new Error("the file is not a STIX bundle");
  const found: StixValue[] = [];
  let skipped = 0;
  for (const object of objects as readonly unknown[]) {
    if (!isRecord(object) || object.revoked === true) continue;
    const id = typeof object.id === "string" ? object.id : "";
    if (object.type === "indicator") {
      const read = readIndicator(object, kind, now);
      if (read === undefined) skipped++;
      else for (const value of read) found.push({ value, id });
    } else for (const value of observed(object, kind)) found.push({ value, id });
  }
  return { values: found, skipped };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The values in the pattern of an indicator; undefined if the pattern is not supported. */
function readIndicator(
  object: Readonly<Record<string, unknown>>,
  kind: IndicatorKind,
  now: number,
): string[] | undefined {
  const { pattern, pattern_type: type = "stix", valid_until: until } = object;
  if (typeof pattern !== "string" || type !== "stix") return undefined;
  if (typeof until === "string" && Date.parse(until) <= now) return [];
  const found = [...pattern.matchAll(values[kind].pattern)].map(([, value = ""]) => value);
  // Quoted values are removed first, because they may contain these words.
  return found.length > 0 && COMPOUND.test(pattern.replace(/'[^']*'/g, "''")) ? undefined : found;
}

function observed(object: Readonly<Record<string, unknown>>, kind: IndicatorKind): string[] {
  const { type, value, hashes } = object;
  if (kind === "hash") {
    if (type !== "file" || !isRecord(hashes)) return [];
    return ["SHA-256", "SHA-1", "MD5"].flatMap((name) => (typeof hashes[name] === "string" ? [hashes[name]] : []));
  }
  return typeof type === "string" && values[kind].types.includes(type) && typeof value === "string" ? [value] : [];
}
