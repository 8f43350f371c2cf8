import { type FilePosition, isNull, type Tree } from "./tree.ts";

/** Upper bound of numbers that have no other maximum. */
export const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** A function that reports an error at a position. */
export type Complain = (message: string, place: FilePosition) => void;

/** The JSON schema (draft 6) of a key. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A configuration key with a value. */
export interface Leaf<T> {
  readonly kind: "leaf";
  /** Description of the accepted values, such as "true or false". */
  readonly takes: string;
  readonly fallback: T;
  /** The default value in the documentation, if it differs from `fallback`. */
  readonly shown?: string;
  readonly about: string;
  /** JSON schema of the value. If absent, any value is valid. */
  readonly json?: JsonSchema;
  /** The keys in each entry of a list. Values describe how the effect differs from Falco's, or are `same`. */
  readonly entries?: Readonly<Record<string, string>>;
  /**
   * Reads the value; undefined if the value is invalid. Reports an error only if `takes` does not sufficiently describe
   * the cause.
   */
  read(tree: Tree, complain: Complain): T | undefined;
}

/** A configuration key with nested keys. */
export interface Section<K> {
  readonly kind: "section";
  readonly about: string;
  readonly keys: K;
}

/** A section with user-defined names, each with the same keys. */
export interface Named<K> {
  readonly kind: "named";
  readonly about: string;
  /** Pattern of the allowed names, and a description of the pattern. */
  readonly pattern: RegExp;
  readonly takes: string;
  readonly keys: K;
}

/** A key that is validated but has no effect. */
export interface Later {
  readonly kind: "later";
  readonly about: string;
  readonly shape: Leaf<unknown> | Section<Keys>;
  /**
   * Reason why the key has no effect, or the key that replaces it. Absent if the key will have an effect in a later
   * version.
   */
  readonly instead?: string;
}

export type Key = (Leaf<unknown> | Section<Keys> | Named<Keys> | Later) & {
  /** Set if Falco does not have the key. */
  readonly own?: true;
  /** Difference between the effect and Falco's, for docs/compatibility.md. */
  readonly differs?: string;
};
export interface Keys {
  readonly [name: string]: Key;
}

/** The typed values of a table of keys, without keys that have no effect. */
export type Settings<K> = {
  readonly [P in keyof K as K[P] extends Later ? never : P]: K[P] extends Leaf<infer T>
    ? T
    : K[P] extends Section<infer S>
      ? Settings<S>
      : K[P] extends Named<infer N>
        ? Readonly<Record<string, Settings<N>>>
        : never;
};

/** The default values of a table of keys. */
export function defaultsOf<K extends Keys>(keys: K): Settings<K> {
  const settings: Record<string, unknown> = {};
  for (const [name, key] of Object.entries<Key>(keys)) {
    if (key.kind === "leaf") settings[name] = key.fallback;
    else if (key.kind === "section") settings[name] = defaultsOf(key.keys);
    else if (key.kind === "named") settings[name] = {};
  }
  return settings as Settings<K>; // one value per key, as the type requires
}

export function section<K>(about: string, keys: K): Section<K> {
  return { kind: "section", about, keys };
}

export function named<K>(about: string, pattern: RegExp, takes: string, keys: K): Named<K> {
  return { kind: "named", about, pattern, takes, keys };
}

export function later(about: string, shape: Leaf<unknown> | Section<Keys>, instead?: string): Later {
  return { kind: "later", about, shape, ...(instead !== undefined && { instead }) };
}

/** Adds a description of how the effect of a key differs from Falco's. */
export function differs<K extends Key>(how: string, key: K): K {
  return { ...key, differs: how };
}

/**
 * A key of another program that is validated but has no effect.
 * @param instead reason why the key has no effect, or the key that replaces it
 */
export function ignored(instead: string, shape: Leaf<unknown>): Later {
  return { kind: "later", about: instead, shape, instead };
}

/** Marks a key that Falco does not have. */
export function own<K extends Key>(key: K): K & { readonly own: true } {
  return { ...key, own: true };
}

const TRUE = /^(true|yes|on|y)$/i;
const FALSE = /^(false|no|off|n)$/i;

export function flag(fallback: boolean, about: string): Leaf<boolean> {
  const read = (tree: Tree) => {
    if (tree.kind !== "scalar") return undefined;
    return TRUE.test(tree.text) ? true : FALSE.test(tree.text) ? false : undefined;
  };
  return { kind: "leaf", takes: "true or false", fallback, about, json: { type: "boolean" }, read };
}

export function text(fallback: string, about: string): Leaf<string> {
  return { kind: "leaf", takes: "a string", fallback, about, json: { type: "string" }, read: scalarText };
}

export function number(
  fallback: number,
  about: string,
  [least, most]: readonly [number, number],
  whole = true,
): Leaf<number> {
  const read = (tree: Tree) => {
    if (tree.kind !== "scalar" || tree.text.trim() === "") return undefined;
    const value = Number(tree.text);
    return value >= least && value <= most && (!whole || Number.isInteger(value)) ? value : undefined;
  };
  const range = most >= Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const json = {
    type: whole ? "integer" : "number",
    minimum: least,
    ...(most < Number.MAX_SAFE_INTEGER && { maximum: most }),
  };
  return { kind: "leaf", takes: `${whole ? "an integer" : "a number"} ${range}`, fallback, about, json, read };
}

/** A key whose value is a number; undefined if absent. */
export function optionalNumber(about: string, range: readonly [number, number]): Leaf<number | undefined> {
  return { ...number(0, about, range), fallback: undefined };
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const BYTES: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** A key whose value is a duration with a unit, read as milliseconds. */
export function duration(fallback: string, about: string): Leaf<number> {
  return measure("a duration such as 90s, 12h or 30d", SECONDS, 1000, fallback, about);
}

/** A key whose value is a size with a unit, read as bytes. */
export function size(fallback: string, about: string): Leaf<number> {
  return measure("a size such as 500MB or 2GB", BYTES, 1, fallback, about);
}

function measure(
  takes: string,
  units: Readonly<Record<string, number>>,
  factor: number,
  fallback: string,
  about: string,
): Leaf<number> {
  const parse = (text: string): number | undefined => {
    const found = /^(\d+(?:\.\d+)?) *([a-zA-Z]*)$/.exec(text.trim());
    if (found === null) return undefined;
    const [, amount, suffix = ""] = found;
    const unit = Object.entries(units).find(([name]) => name.toLowerCase() === suffix.toLowerCase());
    if (unit === undefined) return Number(amount) === 0 ? 0 : undefined;
    return Math.round(Number(amount) * unit[1] * factor);
  };
  const read = (tree: Tree) => (tree.kind === "scalar" ? parse(tree.text) : undefined);
  const json = { type: ["string", "integer"] };
  return { kind: "leaf", takes, fallback: parse(fallback) ?? 0, shown: fallback, about, json, read };
}

/** Milliseconds by unit, longest first. The units are Prometheus's. */
const units = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const INTERVAL = new RegExp(
  `^${Object.keys(units)
    .map((unit) => `(?:(\\d+)${unit})?`)
    .join("")}$`,
);

/** A key whose value is a duration in Prometheus's format, such as `1h30m`, read as milliseconds. */
export function interval(fallback: number, shown: string, least: number, about: string): Leaf<number> {
  const read = (tree: Tree) => {
    if (tree.kind !== "scalar") return undefined;
    const found = INTERVAL.exec(tree.text.replaceAll(/\s/g, ""));
    if (found === null) return undefined;
    const value = Object.values(units).reduce((sum, unit, i) => sum + unit * Number(found[i + 1] ?? 0), 0);
    return value >= least ? value : undefined;
  };
  const takes = `a duration of at least ${least} ms, such as 15m, 1h30m or 500ms`;
  return { kind: "leaf", takes, fallback, shown, about, json: { type: "string" }, read };
}

/** A key whose value is one of several words, case-insensitive. `aliases` maps alternative words to these words. */
export function word<const W extends string>(
  words: readonly W[],
  fallback: W,
  about: string,
  aliases: Readonly<Record<string, W>> = {},
): Leaf<W> {
  const read = (tree: Tree) => {
    if (tree.kind !== "scalar") return undefined;
    const wanted = tree.text.toLowerCase();
    return words.find((one) => one.toLowerCase() === wanted) ?? aliases[wanted];
  };
  const json = { type: "string", enum: [...words, ...Object.keys(aliases)] };
  return { kind: "leaf", takes: `one of ${words.join(", ")}`, fallback, about, json, read };
}

/** A key whose value is an http:// or https:// URL, or an empty string. */
export function webAddress(about: string): Leaf<string> {
  return { kind: "leaf", takes: "a URL", fallback: "", about, json: { type: "string" }, read: readAddress };
}

/** A key whose value is a list of URLs, or a string with commas between the URLs. */
export function webAddresses(about: string): Leaf<readonly string[]> {
  const read = (tree: Tree, complain: Complain) => {
    const items =
      tree.kind === "scalar" ? tree.text.split(",").map((one) => ({ ...tree, text: one.trim() })) : undefined;
    const trees = items ?? (tree.kind === "list" ? tree.items : [tree]);
    const addresses = trees.map((item) => readAddress(item, complain));
    return addresses.every((one) => one !== undefined) ? addresses.filter((one) => one !== "") : undefined;
  };
  return { kind: "leaf", takes: "URLs", fallback: [], about, read };
}

/** Reads a URL. The error message does not contain the URL, which may contain a secret. */
function readAddress(tree: Tree, complain: Complain): string | undefined {
  if (tree.kind !== "scalar") return undefined;
  const address = tree.text.replace(/^(["'])(.*)\1$/, "$2");
  if (address === "" || (/^https?:\/\//i.test(address) && URL.canParse(address))) return address;
  complain("An address must begin with http:// or https://, such as https://example.org/alerts", tree.place);
  return undefined;
}

/** A key whose value is a list of strings. Like in Falco, a single string counts as a list with one entry. */
export function texts(about: string, fallback: readonly string[] = []): Leaf<readonly string[]> {
  return list("a list of strings", about, scalarText, fallback);
}

/** A key whose value is a list of strings; undefined if absent. */
export function optionalTexts(about: string): Leaf<readonly string[] | undefined> {
  return { ...texts(about), fallback: undefined };
}

/** A key whose value is a list. `item` reads each entry. A single value counts as a list with one entry. */
export function list<T>(
  takes: string,
  about: string,
  item: (tree: Tree, complain: Complain) => T | undefined,
  fallback: readonly T[] = [],
): Leaf<readonly T[]> {
  const read = (tree: Tree, complain: Complain) => {
    const items = tree.kind === "list" ? tree.items : [tree];
    const values: T[] = [];
    for (const each of items) {
      const value = item(each, complain);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
  return { kind: "leaf", takes, fallback, about, read };
}

/** Adds the names of the keys in each entry of a list. Nested keys have dots. */
export function entries<K extends Leaf<unknown>>(names: Readonly<Record<string, string>>, leaf: K): K {
  return { ...leaf, entries: names };
}

/** A key whose value is a mapping of arbitrary keys to strings. */
export function dictionary(about: string): Leaf<Readonly<Record<string, string>>> {
  const read = (tree: Tree) => {
    if (tree.kind !== "map") return undefined;
    const values: Record<string, string> = Object.create(null);
    for (const [key, { value }] of tree.entries) {
      if (value.kind !== "scalar") return undefined;
      values[key] = value.text;
    }
    return values;
  };
  const json = { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } };
  return { kind: "leaf", takes: "a map of strings", fallback: {}, about, json, read };
}

/** A key whose value is a list of strings, or a string with commas between the entries. */
export function commaTexts(about: string): Leaf<readonly string[]> {
  const read = (tree: Tree) => {
    const items = tree.kind === "list" ? tree.items.map(scalarText) : scalarText(tree)?.split(",");
    if (items?.every((item) => item !== undefined) !== true) return undefined;
    return items.map((item) => item.trim()).filter((item) => item !== "");
  };
  return { kind: "leaf", takes: "a list of strings", fallback: [], about, read };
}

/** Values of `takes` for keys with Go templates. The templates are parsed when the configuration is loaded. */
export const TEMPLATE = "a Go template";
export const TEMPLATES = "a map of Go templates";

/** A key whose value is a Go template. */
export function template(about: string): Leaf<string> {
  return { ...text("", about), takes: TEMPLATE };
}

/** A key whose value is a mapping of arbitrary keys to Go templates. */
export function templates(about: string): Leaf<Readonly<Record<string, string>>> {
  return { ...dictionary(about), takes: TEMPLATES };
}

/** A key that accepts any value and returns it as a tree. */
export function anything(takes: string, about: string): Leaf<unknown> {
  return { kind: "leaf", takes, fallback: undefined, about, read: (tree) => tree };
}

export function scalarText(tree: Tree): string | undefined {
  return tree.kind === "scalar" ? tree.text : undefined;
}

/** Returns the string at a key of a mapping; undefined if the value is absent or not a string. */
export function textAt(tree: Tree, key: string): string | undefined {
  const value = tree.kind === "map" ? tree.entries.get(key)?.value : undefined;
  return value === undefined || isNull(value) ? undefined : scalarText(value);
}

/** A key whose value is a string. An empty value selects the default. */
export function filled(fallback: string, about: string): Leaf<string> {
  return { ...text(fallback, about), read: (tree) => (tree.kind === "scalar" ? tree.text || fallback : undefined) };
}

/** A key whose value is an address: a host with an optional port, or a URL with one of these schemes. */
export function server(about: string, schemes: readonly string[]): Leaf<string> {
  const read = (tree: Tree, complain: Complain) => readServer(tree, complain, schemes);
  return { kind: "leaf", takes: "an address", fallback: "", about, read };
}

/** A key whose value is a list of addresses as in {@link server}, or a string with commas between the addresses. */
export function servers(about: string, schemes: readonly string[]): Leaf<readonly string[]> {
  return list("a list of strings", about, (tree, complain) => {
    const addresses = scalarText(tree)
      ?.split(",")
      .map((each) => each.trim());
    return readServer(tree, complain, schemes, addresses);
  });
}

/**
 * Reads an address. The error message does not contain the address, which may contain a password.
 * @param addresses the addresses in the value
 */
function readServer(
  tree: Tree,
  complain: Complain,
  schemes: readonly string[],
  addresses = [scalarText(tree) ?? ""],
): string | undefined {
  if (tree.kind !== "scalar") return undefined;
  const good = addresses.every((each) => {
    const [scheme = ""] = each.split("://");
    const url = URL.parse(each.includes("://") ? each : `tcp://${each}`);
    return url !== null && !url.host.includes(",") && (!each.includes("://") || schemes.includes(scheme));
  });
  if (tree.text === "" || good) return tree.text;
  const begins = schemes.length === 0 ? "" : `, after ${schemes.map((each) => `${each}://`).join(" or ")}`;
  complain(`An address must be a host with an optional port, such as example.org:1234${begins}`, tree.place);
  return undefined;
}
