// The part of the query language that the stand-in supports.

export type Document = Readonly<Record<string, unknown>>;

/** An error for which a server would respond with status 400. */
export class Mistake extends Error {}

/** Documents with their mapping. */
export interface Searchable {
  readonly index: string;
  readonly properties: Document;
  /** The mapping of strings without a property; undefined if these strings are not indexed. */
  readonly dynamic: Document | undefined;
  readonly documents: ReadonlyMap<string, Document>;
  /** Documents as received, by ID. */
  readonly raw: ReadonlyMap<string, string>;
}

interface Found {
  readonly id: string;
  readonly document: Document;
}

const LONGEST_TERM = 32_766;

function object(value: unknown, what: string): Document {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Mistake(`${what} is not an object`);
  return { ...value };
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Mistake(`${what} is not a list`);
  return value;
}

/** The only key of an object, and its value. */
function single(value: unknown, what: string): readonly [string, unknown] {
  const entries = Object.entries(object(value, what));
  if (entries.length !== 1) throw new Mistake(`${what} must have exactly one key, not ${entries.map(([key]) => key)}`);
  return entries[0]!;
}

function onlyKeys(value: Document, what: string, ...known: readonly string[]): void {
  for (const key of Object.keys(value))
    if (!known.includes(key)) throw new Mistake(`unknown key [${key}] in [${what}]`);
}

/** The mapping of a field; undefined for unknown fields. */
export function typeOf({ properties, dynamic }: Searchable, path: string): Document | undefined {
  let at: Document | undefined = properties;
  const names = path.split(".");
  for (const [i, name] of names.entries()) {
    const next = at?.[name];
    if (next === undefined) return dynamic;
    const mapping = object(next, name);
    if (i === names.length - 1) return mapping.properties === undefined ? mapping : undefined;
    if (mapping.properties === undefined) return undefined;
    at = object(mapping.properties, name);
  }
  return undefined;
}

function mapped(searchable: Searchable, path: string, ...types: readonly string[]): Document {
  const mapping = typeOf(searchable, path);
  if (mapping === undefined || !types.includes(String(mapping.type)))
    throw new Mistake(`[${path}] is ${mapping?.type ?? "not mapped"}; this takes ${types.join(" or ")}`);
  return mapping;
}

function leavesAt(value: unknown, names: readonly string[]): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((each) => leavesAt(each, names));
  if (names.length === 0) return [value];
  const [name, ...others] = names;
  return typeof value === "object" && Object.hasOwn(value, name!) ? leavesAt(Object(value)[name!], others) : [];
}

const known = new WeakMap<Document, Map<string, readonly Term[]>>();
type Term = string | number | bigint;

function termsOf(searchable: Searchable, document: Document, path: string): readonly Term[] {
  const all = known.get(document) ?? new Map<string, readonly Term[]>();
  known.set(document, all);
  const terms = all.get(path) ?? analyse(searchable, document, path);
  all.set(path, terms);
  return terms;
}

/**
 * The terms of a field of a document: strings for keywords, numbers for numbers and times (in nanoseconds; for `date`,
 * with millisecond precision).
 */
function analyse(searchable: Searchable, document: Document, path: string): readonly Term[] {
  const mapping = typeOf(searchable, path);
  const leaves = leavesAt(document, path.split("."));
  if (mapping?.type === "keyword") {
    const most = Number(mapping.ignore_above ?? Number.MAX_SAFE_INTEGER);
    const texts = leaves.map(String).filter((text) => text.length <= most);
    for (const text of texts)
      if (Buffer.byteLength(text) > LONGEST_TERM) throw new Mistake(`immense term in [${path}]`);
    return [...new Set(texts)];
  }
  if (mapping?.type === "boolean") return leaves.map(String);
  if (mapping?.type === "long" || mapping?.type === "double") return leaves.map(Number).filter(Number.isFinite);
  if (mapping?.type === "date_nanos") return leaves.map((text) => nanoseconds(text));
  if (mapping?.type === "date") return leaves.map((text) => (nanoseconds(text) / 1_000_000n) * 1_000_000n);
  throw new Mistake(`the stand-in cannot search [${path}]`);
}

function nanoseconds(text: unknown): bigint {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(String(text));
  if (found === null) throw new Mistake(`failed to parse date field [${text}]`);
  const time = BigInt(Date.parse(`${found[1]}Z`)) * 1_000_000n + BigInt((found[2] ?? "").padEnd(9, "0"));
  if (time < 0n || time >= 2n ** 63n) throw new Mistake(`date ${text} is outside the range of date_nanos`);
  return time;
}

type Test = (document: Document) => boolean;

function queryTest(searchable: Searchable, query: unknown): Test {
  const [kind, body] = single(query, "a query");
  const build = QUERIES[kind];
  if (build === undefined) throw new Mistake(`unknown query [${kind}]`);
  return build(searchable, body);
}

/** Returns a function that reads the strings of a keyword field in a document. */
function keywords(searchable: Searchable, path: string): (document: Document) => readonly string[] {
  mapped(searchable, path, "keyword", "boolean");
  return (document) => termsOf(searchable, document, path).map(String);
}

function valueIn(body: unknown, what: string, ...more: readonly string[]): readonly [string, string, Document] {
  const [path, given] = single(body, what);
  const options = object(given, path);
  onlyKeys(options, what, "value", ...more);
  if (typeof options.value !== "string") throw new Mistake(`[${what}] on a keyword requires a string`);
  return [path, options.value, options];
}

const QUERIES: Readonly<Record<string, ((searchable: Searchable, body: unknown) => Test) | undefined>> = {
  match_all: (_, body) => {
    onlyKeys(object(body, "match_all"), "match_all");
    return () => true;
  },
  match_none: (_, body) => {
    onlyKeys(object(body, "match_none"), "match_none");
    return () => false;
  },
  term: (searchable, body) => {
    const [path, value] = valueIn(body, "term");
    const of = keywords(searchable, path);
    return (document) => of(document).includes(value);
  },
  terms: (searchable, body) => {
    const [path, given] = single(body, "terms");
    const values = new Set(list(given, path));
    if (values.size === 0 || values.size > 65_536) throw new Mistake(`${values.size} terms`);
    const of = keywords(searchable, path);
    return (document) => of(document).some((text) => values.has(text));
  },
  prefix: (searchable, body) => {
    const [path, value] = valueIn(body, "prefix");
    const of = keywords(searchable, path);
    return (document) => of(document).some((text) => text.startsWith(value));
  },
  wildcard: (searchable, body) => {
    const [path, value, { case_insensitive: ignoreCase = false }] = valueIn(body, "wildcard", "case_insensitive");
    const expression = wildcard(value, ignoreCase === true);
    const of = keywords(searchable, path);
    return (document) => of(document).some((text) => expression.test(text));
  },
  exists: (searchable, body) => {
    const { field, ...more } = object(body, "exists");
    onlyKeys(more, "exists");
    const path = String(field);
    mapped(searchable, path, "keyword", "long", "date_nanos", "date");
    return (document) => termsOf(searchable, document, path).length > 0;
  },
  range: (searchable, body) => {
    const [path, given] = single(body, "range");
    const bounds = object(given, path);
    onlyKeys(bounds, "range", "gt", "gte", "lt", "lte");
    const { type } = mapped(searchable, path, "long", "date_nanos", "date");
    const checks = Object.entries(bounds).map(([operator, bound]) => {
      if (type === "long" && typeof bound !== "number") throw new Mistake(`[${path}] requires numbers`);
      const limit = type === "long" ? Number(bound) : nanoseconds(bound);
      return (value: string | number | bigint) => HOLDS[operator]?.(compare(value, limit)) ?? false;
    });
    return (document) => termsOf(searchable, document, path).some((value) => checks.every((check) => check(value)));
  },
  bool: (searchable, body) => {
    const { filter = [], should = [], must_not: mustNot = [], ...more } = object(body, "bool");
    onlyKeys(more, "bool", "minimum_should_match");
    const all = list(filter, "filter").map((query) => queryTest(searchable, query));
    const some = list(should, "should").map((query) => queryTest(searchable, query));
    const none = list(mustNot, "must_not").map((query) => queryTest(searchable, query));
    // With a filter, `should` is optional.
    if (some.length > 0 && more.minimum_should_match !== 1) throw new Mistake("say minimum_should_match");
    return (document) =>
      all.every((test) => test(document)) &&
      (some.length === 0 || some.some((test) => test(document))) &&
      !none.some((test) => test(document));
  },
};

const HOLDS: Readonly<Record<string, (sign: number) => boolean>> = {
  gt: (sign) => sign > 0,
  gte: (sign) => sign >= 0,
  lt: (sign) => sign < 0,
  lte: (sign) => sign <= 0,
};

/** Case is ignored for ASCII letters only. */
function wildcard(pattern: string, ignoreCase: boolean): RegExp {
  let source = "";
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? "";
    if (character === "*") source += "[^]*";
    else if (character === "?") source += "[^]";
    else {
      const literal = character === "\\" ? (characters[++i] ?? "\\") : character;
      const both =
        ignoreCase && /[a-z]/i.test(literal) ? `[${literal.toLowerCase()}${literal.toUpperCase()}]` : undefined;
      source += both ?? `\\u{${(literal.codePointAt(0) ?? 0).toString(16)}}`;
    }
  }
  return new RegExp(`^${source}$`, "u");
}

interface SortKey {
  readonly path: string;
  readonly sign: 1 | -1;
  readonly time: boolean;
}

function sortKeys(searchable: Searchable | undefined, sort: unknown): readonly SortKey[] {
  return list(sort, "sort").map((each) => {
    const [path, given] = single(each, "sort");
    const options = object(given, path);
    onlyKeys(options, "sort", "order", "unmapped_type");
    if (options.order !== "asc" && options.order !== "desc") throw new Mistake("an order is asc or desc");
    const mapping = searchable && mapped(searchable, path, "keyword", "date_nanos", "date");
    if (mapping?.doc_values === false) throw new Mistake(`[${path}] has no doc values`);
    return { path, sign: options.order === "asc" ? 1 : -1, time: mapping?.type === "date_nanos" };
  });
}

function compare(a: string | bigint | number, b: string | bigint | number): number {
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function order(searchable: Searchable, keys: readonly SortKey[]): (a: Found, b: Found) => number {
  const value = ({ document }: Found, { path }: SortKey) => termsOf(searchable, document, path)[0] ?? "";
  return (a, b) => {
    for (const key of keys) {
      const sign = key.sign * compare(value(a, key), value(b, key));
      if (sign !== 0) return sign;
    }
    return 0;
  };
}

function beyond(
  searchable: Searchable,
  keys: readonly SortKey[],
  after: readonly unknown[],
): (found: Found) => boolean {
  if (after.length !== keys.length) throw new Mistake(`search_after has ${after.length} values, sort ${keys.length}`);
  const limits = keys.map(({ time }, i) => (time ? nanoseconds(after[i]) : String(after[i])));
  return ({ document }) => {
    for (const [i, { path, sign }] of keys.entries()) {
      const own = sign * compare(termsOf(searchable, document, path)[0] ?? "", limits[i]!);
      if (own !== 0) return own > 0;
    }
    return false;
  };
}

/** A hit as JSON: the whole document as received, or the requested parts. */
function hit({ index, raw }: Searchable, { id, document }: Found, source: unknown): string {
  const paths = source === undefined || source === true ? undefined : list(source, "_source").map(String);
  const body = paths === undefined ? raw.get(id) : JSON.stringify(parts(document, paths));
  return `{"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)},"_score":null,"_source":${body}}`;
}

function parts(document: Document, paths: readonly string[]): Document {
  const result: Record<string, unknown> = {};
  for (const path of paths) {
    const [outer = "", inner] = path.split(".");
    const [value] = leavesAt(document, path.split("."));
    if (value !== undefined) result[outer] = inner === undefined ? value : { ...Object(result[outer]), [inner]: value };
  }
  return result;
}

/** Aggregations as JSON. */
function aggregate(searchable: Searchable, found: readonly Found[], aggregations: unknown): string {
  const results = Object.entries(object(aggregations, "aggs")).map(([name, given]) => {
    const { aggs, ...rest } = object(given, name);
    const [kind, body] = single(rest, name);
    const build = AGGREGATIONS[kind];
    if (build === undefined) throw new Mistake(`unknown aggregation [${kind}]`);
    return `${JSON.stringify(name)}:${build(searchable, found, object(body, kind), aggs)}`;
  });
  return `{${results.join(",")}}`;
}

type Aggregation = (searchable: Searchable, found: readonly Found[], body: Document, aggs: unknown) => string;

function bucketsBy(searchable: Searchable, found: readonly Found[], path: string): Map<string, Found[]> {
  if (mapped(searchable, path, "keyword").doc_values === false) throw new Mistake(`[${path}] has no doc values`);
  const buckets = new Map<string, Found[]>();
  for (const one of found)
    for (const value of termsOf(searchable, one.document, path).map(String))
      buckets.set(value, [...(buckets.get(value) ?? []), one]);
  return buckets;
}

const AGGREGATIONS: Readonly<Record<string, Aggregation | undefined>> = {
  filter(searchable, found, body, aggs) {
    const test = queryTest(searchable, body);
    const inside = found.filter(({ document }) => test(document));
    const more = aggs === undefined ? "" : `,${aggregate(searchable, inside, aggs).slice(1, -1)}`;
    return `{"doc_count":${inside.length}${more}}`;
  },
  filters(searchable, found, body, aggs) {
    onlyKeys(body, "filters", "filters");
    const shown = Object.entries(object(body.filters, "filters")).map(([name, query]) => {
      const test = queryTest(searchable, query);
      const inside = found.filter(({ document }) => test(document));
      const more = aggs === undefined ? "" : `,${aggregate(searchable, inside, aggs).slice(1, -1)}`;
      return `${JSON.stringify(name)}:{"doc_count":${inside.length}${more}}`;
    });
    return `{"buckets":{${shown.join(",")}}}`;
  },
  composite(searchable, found, body, aggs) {
    onlyKeys(body, "composite", "size", "sources", "after");
    const [source] = list(body.sources, "sources");
    const [name, given] = single(source, "a source");
    const { field } = object(object(given, name).terms, "terms");
    const after = body.after === undefined ? undefined : String(object(body.after, "after")[name]);
    const buckets = [...bucketsBy(searchable, found, String(field))].sort(([a], [b]) => compare(a, b));
    const page = buckets.filter(([key]) => after === undefined || compare(key, after) > 0).slice(0, Number(body.size));
    const keyOf = (key: string): string => JSON.stringify({ [name]: key });
    const shown = page.map(([key, inside]) => bucket(searchable, keyOf(key), inside, aggs));
    const last = page.at(-1);
    return `{${last === undefined ? "" : `"after_key":${keyOf(last[0])},`}"buckets":[${shown.join(",")}]}`;
  },
  max(searchable, found, body) {
    onlyKeys(body, "max", "field");
    return aggregated(numbersAt(searchable, found, String(body.field)), (values) => Math.max(...values));
  },
  avg(searchable, found, body) {
    onlyKeys(body, "avg", "field");
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    return aggregated(numbersAt(searchable, found, String(body.field)), mean);
  },
  sum(searchable, found, body) {
    onlyKeys(body, "sum", "field");
    return `{"value":${numbersAt(searchable, found, String(body.field)).reduce((a, b) => a + b, 0)}}`;
  },
  top_hits(searchable, found, body) {
    onlyKeys(body, "top_hits", "size", "sort", "_source");
    const sorted = [...found].sort(order(searchable, sortKeys(searchable, body.sort))).slice(0, Number(body.size));
    return `{"hits":{"total":{"value":${found.length},"relation":"eq"},"hits":[${sorted.map((one) => hit(searchable, one, body._source)).join(",")}]}}`;
  },
  terms(searchable, found, body, aggs) {
    onlyKeys(body, "terms", "field", "size", "shard_size", "order", "include");
    const size = Number(body.size);
    if (!(size > 0 && size <= 65_536)) throw new Mistake(`size ${size}`);
    const include = body.include === undefined ? undefined : inclusion(String(body.include));
    const buckets = [...bucketsBy(searchable, found, String(body.field))].filter(([key]) => include?.(key) ?? true);
    const ways = list(body.order ?? [{ _count: "desc" }, { _key: "asc" }], "order").map((each) =>
      single(each, "order"),
    );
    buckets.sort(([aKey, a], [bKey, b]) => {
      for (const [by, way] of ways) {
        const sub = object(aggs ?? {}, "aggs")[by];
        const field = by.startsWith("_") ? "" : String(object(object(sub, by).max, "max").field);
        const value = (key: string, inside: readonly Found[]) =>
          by === "_key" ? key : by === "_count" ? inside.length : Math.max(...latest(searchable, inside, field));
        const sign = compare(value(aKey, a), value(bKey, b)) * (way === "asc" ? 1 : -1);
        if (sign !== 0) return sign;
      }
      return 0;
    });
    const rest = buckets.splice(size).reduce((sum, [, inside]) => sum + inside.length, 0);
    const shown = buckets.map(([key, inside]) => bucket(searchable, JSON.stringify(key), inside, aggs));
    return `{"doc_count_error_upper_bound":0,"sum_other_doc_count":${rest},"buckets":[${shown.join(",")}]}`;
  },
  date_histogram(searchable, found, body, aggs) {
    onlyKeys(body, "date_histogram", "field", "fixed_interval", "min_doc_count");
    if (body.min_doc_count !== 1) throw new Mistake("min_doc_count must be 1");
    const step = BigInt(/^(\d+)s$/.exec(String(body.fixed_interval))?.[1] ?? 0) * 1_000_000_000n;
    if (step === 0n) throw new Mistake(`interval ${body.fixed_interval}`);
    mapped(searchable, String(body.field), "date");
    const buckets = new Map<bigint, Found[]>();
    for (const one of found) {
      const [time] = termsOf(searchable, one.document, String(body.field));
      const key = typeof time === "bigint" ? (time / step) * step : 0n;
      buckets.set(key, [...(buckets.get(key) ?? []), one]);
    }
    const shown = [...buckets].map(([key, inside]) => bucket(searchable, String(key / 1_000_000n), inside, aggs));
    return `{"buckets":[${shown.join(",")}]}`;
  },
};

function bucket(searchable: Searchable, key: string, inside: readonly Found[], aggs: unknown): string {
  const more = aggs === undefined ? "" : aggregate(searchable, inside, aggs).slice(1, -1);
  return `{"key":${key},"doc_count":${inside.length}${more === "" ? "" : `,${more}`}}`;
}

/** The value of an aggregation, which is null without values. */
function aggregated(values: readonly number[], value: (values: readonly number[]) => number): string {
  return `{"value":${values.length === 0 ? "null" : value(values).toExponential()}}`; // in the notation of servers
}

/** Values of a number, or of a time in milliseconds. */
function numbersAt(searchable: Searchable, found: readonly Found[], path: string): readonly number[] {
  const { type } = mapped(searchable, path, "date_nanos", "date", "long", "double");
  if (type !== "long" && type !== "double") return latest(searchable, found, path);
  return found.flatMap(({ document }) => termsOf(searchable, document, path).map(Number));
}

/** Values of a time field in milliseconds, as time aggregations return them. */
function latest(searchable: Searchable, found: readonly Found[], path: string): readonly number[] {
  return found.flatMap(({ document }) => termsOf(searchable, document, path).map((time) => Number(time) / 1e6));
}

/** Compiles an `include` expression; supports only literal text followed by `.*`. */
function inclusion(expression: string): (text: string) => boolean {
  const found = /^((?:\\[\s\S]|[A-Za-z0-9_=])*)\.\*$/u.exec(expression);
  if (found === null) throw new Mistake(`the stand-in does not support the expression ${expression}`);
  const literal = (found[1] ?? "").replace(/\\([\s\S])/gu, "$1");
  return (text) => text.startsWith(literal);
}

/** The response to a search, as JSON. @throws Mistake */
export function evaluate(searchable: Searchable | undefined, body: Document): string {
  onlyKeys(body, "_search", "timeout", "query", "size", "track_total_hits", "sort", "search_after", "aggs", "_source");
  const size = Number(body.size);
  if (!(size >= 0 && size <= 10_000)) throw new Mistake(`Result window is too large: ${size}`);
  const keys = body.sort === undefined ? [] : sortKeys(searchable, body.sort);
  if (body.search_after !== undefined && keys.length === 0) throw new Mistake("search_after takes a sort");
  const head = '"took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0}';
  if (searchable === undefined) return `{${head},"hits":{"total":{"value":0,"relation":"eq"},"hits":[]}}`;
  const test = queryTest(searchable, body.query);
  const found = [...searchable.documents]
    .map(([id, document]) => ({ id, document }))
    .filter(({ document }) => test(document));
  const after =
    body.search_after === undefined ? () => true : beyond(searchable, keys, list(body.search_after, "search_after"));
  const page = found.filter(after).sort(order(searchable, keys)).slice(0, size);
  const total = body.track_total_hits === true ? `"total":{"value":${found.length},"relation":"eq"},` : "";
  const aggregations = body.aggs === undefined ? "" : `,"aggregations":${aggregate(searchable, found, body.aggs)}`;
  const hits = page.map((one) => hit(searchable, one, body._source)).join(",");
  return `{${head},"hits":{${total}"hits":[${hits}]}${aggregations}}`;
}
