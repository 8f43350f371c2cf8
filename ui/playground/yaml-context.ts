/** Position in a rule file, for completion. */
export interface YamlContext {
  /** Kind of the item: `rule`, `macro`, `list`, …; undefined if the item has no kind yet. */
  readonly item: string | undefined;
  /** Keys of the item, except the key at the position. */
  readonly keys: readonly string[];
  /** Source of the item. */
  readonly source: string | undefined;
  /** Path of keys from the item to the current value or the new key, outermost first. */
  readonly path: readonly string[];
  /** Whether a key is expected at the position. If not, a value is expected. */
  readonly isKey: boolean;
  /** Text of the key or value up to the position. */
  readonly before: string;
}

interface Line {
  /** Number of columns before the key or text, including dashes. */
  readonly indent: number;
  readonly key: string | undefined;
  /** Text after the key, or the whole line if it has no key. */
  readonly rest: string;
}

interface Open {
  readonly indent: number;
  readonly key: string;
  readonly value: string;
}

const LINE = /^((?: *- +)*(?: *-$)? *)(?:("?)([A-Za-z_][\w-]*)\2:(?= |$))?(.*)$/;
/** Keys whose values are always text. */
const TEXTS: ReadonlySet<string> = new Set(["condition", "output", "desc"]);
/** Keys whose values are mappings. */
const MAPPINGS: ReadonlySet<string> = new Set(["exceptions", "override", "required_plugin_versions"]);

function lineOf(text: string): Line {
  const [, lead = "", , key, rest = ""] = LINE.exec(text) ?? [];
  return { indent: lead.length, key, rest: rest.trimStart() };
}

/** Returns the context at an offset. The text is scanned line by line, so that invalid files work too. */
export function contextAt(text: string, offset: number): YamlContext {
  const begin = beginOfItem(text, offset);
  const lines = text.slice(begin, offset).split("\n");
  const [firstLine = ""] = lines;
  const item = firstLine.startsWith("-") ? lineOf(firstLine) : undefined;
  const open = openAt(lines);
  const last = lineOf(lines.at(-1) ?? "");
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

/** Returns the keys whose values continue at the end of the lines, outermost first. */
function openAt(lines: readonly string[]): readonly Open[] {
  let open: Open[] = [];
  lines.forEach((text, i) => {
    const isLast = i === lines.length - 1;
    if (!isLast && /^\s*(?:#.*)?$/.test(text)) return;
    const { indent, key, rest } = lineOf(text);
    const shut = open.filter((outer) => outer.indent < indent);
    const top = shut.at(-1);
    const isText = top !== undefined && (TEXTS.has(top.key) || isFlow(top.value));
    if (key !== undefined && !isText) open = [...shut, { indent, key, value: rest }];
    else if (top === undefined) open = [];
    else open = [...shut.slice(0, -1), { ...top, value: `${top.value}\n${text.trimStart()}` }];
  });
  return open;
}

/** Whether a value has an unclosed bracket. */
function isFlow(value: string): boolean {
  return /[[{][^\]}]*$/.test(value);
}

function beginOfItem(text: string, offset: number): number {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  for (let at = line; ; at = text.lastIndexOf("\n", at - 2) + 1) {
    if (text[at] === "-" || at === 0) return at;
  }
}

/** Returns the lines of the item after the current line. */
function restOfItem(text: string, offset: number): readonly string[] {
  const end = text.indexOf("\n", offset);
  if (end < 0) return [];
  const lines = text.slice(end + 1).split("\n");
  const next = lines.findIndex((line) => line.startsWith("-"));
  return next < 0 ? lines : lines.slice(0, next);
}
