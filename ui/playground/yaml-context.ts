/** Where in a rule file a place is, as far as completion has to know. */
export interface YamlContext {
  /** The key that says what the item is: `rule`, `macro`, `list`, …; undefined where there is none yet. */
  readonly item: string | undefined;
  /** The keys that the item has, but for one that is being written. */
  readonly keys: readonly string[];
  /** The source that the item names. */
  readonly source: string | undefined;
  /** The keys from the item down to the value at hand, or to where a key is written. */
  readonly path: readonly string[];
  /** Whether a key is written here, not a value. */
  readonly isKey: boolean;
  /** What is written up to the place: of the value, or of the key. */
  readonly before: string;
}

interface Line {
  /** Columns before the key or the text: dashes count. */
  readonly indent: number;
  readonly key: string | undefined;
  /** What stands behind the key, or all of it where there is none. */
  readonly rest: string;
}

interface Open {
  readonly indent: number;
  readonly key: string;
  readonly value: string;
}

const LINE = /^((?: *- +)*(?: *-$)? *)(?:("?)([A-Za-z_][\w-]*)\2:(?= |$))?(.*)$/;
/** Keys whose values are text, whatever that looks like. */
const TEXTS: ReadonlySet<string> = new Set(["condition", "output", "desc"]);
/** Keys whose values have keys. */
const MAPPINGS: ReadonlySet<string> = new Set(["exceptions", "override", "required_plugin_versions"]);

function lineOf(text: string): Line {
  const [, lead = "", , key, rest = ""] = LINE.exec(text) ?? [];
  return { indent: lead.length, key, rest: rest.trimStart() };
}

/** Where the place at an offset is. It is worked out line by line, so that it is known while the file has mistakes. */
export function contextAt(text: string, offset: number): YamlContext {
  const begin = beginOfItem(text, offset);
  const lines = text.slice(begin, offset).split("\n");
  const item = /^-/.test(lines[0]) ? lineOf(lines[0]) : undefined;
  const open = openAt(lines);
  const last = lineOf(lines[lines.length - 1]);
  const top = open.at(-1);
  const isKey = last.key === undefined && (top === undefined || (MAPPINGS.has(top.key) && !isFlow(top.value)));
  const whole = lines.length === 1 ? [] : lines.slice(1, -1);
  const own = [...whole, ...restOfItem(text, offset)].map(lineOf).filter(({ indent }) => indent === item?.indent);
  const named = [...(lines.length > 1 && item !== undefined ? [item] : []), ...own];
  return {
    item: item?.key,
    keys: named.flatMap(({ key }) => (key === undefined ? [] : [key])),
    source: named.find(({ key }) => key === "source")?.rest.trim() || undefined,
    path: open.map(({ key }) => key),
    isKey,
    before: isKey ? last.rest : (top?.value ?? last.rest),
  };
}

/** The keys whose values are open at the end of the lines, from the outermost. */
function openAt(lines: readonly string[]): readonly Open[] {
  let open: Open[] = [];
  lines.forEach((text, i) => {
    const isLast = i === lines.length - 1;
    if (!isLast && /^\s*(?:#.*)?$/.test(text)) return;
    const { indent, key, rest } = lineOf(text);
    const shut = open.filter((one) => one.indent < indent);
    const top = shut.at(-1);
    const isText = top !== undefined && (TEXTS.has(top.key) || isFlow(top.value));
    if (key !== undefined && !isText) open = [...shut, { indent, key, value: rest }];
    else if (top === undefined) open = [];
    else open = [...shut.slice(0, -1), { ...top, value: `${top.value}\n${text.trimStart()}` }];
  });
  return open;
}

/** Whether a value stands in brackets that are not closed. */
function isFlow(value: string): boolean {
  return /[[{][^\]}]*$/.test(value);
}

function beginOfItem(text: string, offset: number): number {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  for (let at = line; ; at = text.lastIndexOf("\n", at - 2) + 1) {
    if (text[at] === "-" || at === 0) return at;
  }
}

/** The lines of the item behind the one at hand. */
function restOfItem(text: string, offset: number): readonly string[] {
  const end = text.indexOf("\n", offset);
  if (end < 0) return [];
  const lines = text.slice(end + 1).split("\n");
  const next = lines.findIndex((line) => line.startsWith("-"));
  return next < 0 ? lines : lines.slice(0, next);
}
