// Small files that once crashed the program, took minutes to load or exhausted its memory. Each file must load or fail
// quickly.

/** Kind of file. */
export type FileKind = "rules" | "responses" | "configuration";

/** A small file that takes much time or memory to load unless the program limits it. */
export interface Bomb {
  readonly name: string;
  readonly kind: FileKind;
  readonly text: string;
}

const rule = (condition: string, output = "x", more = ""): string =>
  `- rule: r\n  desc: d\n  condition: ${condition}\n  output: ${output}\n  priority: INFO\n${more}`;

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("");

/** Returns macros, each of which uses the previous macro twice in a form that cannot be simplified. */
export function doublingMacros(levels: number): string {
  const macros = lines(
    levels,
    (i) => `- macro: m${i + 1}\n  condition: (m${i} or proc.name=a${i}) and (m${i} or proc.name=b${i})\n`,
  );
  return `- macro: m0\n  condition: proc.name=x\n${macros}${rule(`evt.type=open and m${levels}`)}`;
}

/** Returns lists, each of which contains the previous list twice. */
export function doublingLists(levels: number): string {
  const lists = lines(levels, (i) => `- list: l${i + 1}\n  items: [l${i}, l${i}]\n`);
  return `- list: l0\n  items: [a, b]\n${lists}${rule(`evt.type=open and proc.name in (l${levels})`)}`;
}

/** Returns YAML aliases, each of which refers to the previous alias ten times. */
export function doublingAliases(levels: number, root: string): string {
  const anchors = lines(levels, (i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(",")}]\n`);
  return `a0: &a0 [x, x]\n${anchors}${root}: *a${levels}\n`;
}

/** Returns rules, each of which has an unknown field in its condition. */
export function manyErrors(count: number): string {
  return lines(
    count,
    (i) => `- rule: r${i}\n  condition: evt.type=open and foo.bar${i}=1\n  output: x\n  priority: INFO\n  desc: d\n`,
  );
}

const nested = (open: string, close: string, levels: number): string => open.repeat(levels) + close.repeat(levels);

const texts: readonly (readonly [name: string, kind: FileKind, text: string])[] = [
  ["nested dashes", "rules", `${"- ".repeat(30_000)}a\n`],
  ["nested brackets", "rules", `${nested("[", "]", 100_000)}\n`],
  ["nested braces with a tag", "rules", `!x ${"{a: ".repeat(50_000)}b${"}".repeat(50_000)}\n`],
  ["nested mappings", "rules", lines(2000, (i) => `${" ".repeat(i)}k:\n`)],
  ["a chain of aliases", "rules", `${lines(20_000, (i) => `- &a${i} [${i === 0 ? "x" : `*a${i - 1}`}]\n`)}`],
  ["many aliases", "rules", `- &a x\n${"- *a\n".repeat(50_000)}`],
  ["doubling aliases", "rules", `- ${doublingAliases(12, "rule").replaceAll("\n", "\n  ").trimEnd()}\n`],
  ["a thousand errors", "rules", manyErrors(1000)],
  ["a thousand YAML errors", "rules", "- rule: a\n  - b: [\n".repeat(1000)],
  [
    "a thousand unknown macros with long names",
    "rules",
    lines(1000, (i) => `- macro: ${"x".repeat(300)}${i}\n  condition: ${"y".repeat(300)}${i}\n`),
  ],
  ["doubling macros", "rules", doublingMacros(50)],
  ["doubling lists", "rules", doublingLists(50)],
  [
    "doubling lists whose names are not words",
    "rules",
    `${lines(40, (i) => `- list: a=${39 - i}\n  items: [a=${38 - i}, a=${38 - i}]\n`)}${rule("evt.type=open and proc.name in (a=39)")}`,
  ],
  [
    "lists that name each other",
    "rules",
    `${lines(30, (i) => `- list: l${i}\n  items: [${Array.from({ length: 30 }, (_, k) => `l${k}`).join(", ")}]\n`)}${rule("evt.type=open and proc.name in (l0)")}`,
  ],
  [
    "macros that name each other",
    "rules",
    `${lines(60, (i) => `- macro: m${i}\n  condition: ${Array.from({ length: 60 }, (_, k) => `m${k}`).join(" or ")}\n`)}${rule("evt.type=open and m0")}`,
  ],
  [
    "a long chain of macros",
    "rules",
    `- macro: m0\n  condition: proc.name=x\n${lines(5000, (i) => `- macro: m${i + 1}\n  condition: not m${i} or proc.name=a${i}\n`)}${rule("evt.type=open and m5000")}`,
  ],
  [
    "many uses of an invalid macro",
    "rules",
    `${lines(1000, (i) => `- macro: valid${i}\n  condition: proc.name=a${i}\n`)}- macro: valid\n  condition: absent\n${lines(
      5000,
      (i) => `- macro: m${i}\n  condition: valid or proc.name=a${i}\n${rule(`evt.type=open and valid and m${i}`)}`,
    )}`,
  ],
  [
    "macros appended to many times",
    "rules",
    `- macro: m\n  condition: proc.name=x\n${"- macro: m\n  condition: or proc.name=y\n  override: {condition: append}\n".repeat(5000)}${rule("evt.type=open and m")}`,
  ],
  [
    "macros defined twice",
    "rules",
    `${lines(5000, (i) => `- macro: m${i % 2500}\n  condition: proc.name=a${i}\n`)}${rule("evt.type=open and m1")}`,
  ],
  ["a long name in an output", "rules", rule("evt.type=open", `"%${"a".repeat(20_000)}"`)],
  ["a long dotted name in an output", "rules", rule("evt.type=open", `"%proc.name${".a".repeat(20_000)}"`)],
  ["many fields in an output", "rules", rule("evt.type=open", `"${"%proc.name ".repeat(5000)}"`)],
  [
    "nested transformers in an output",
    "rules",
    rule("evt.type=open", `"%${"tolower(".repeat(5000)}proc.name${")".repeat(5000)}"`),
  ],
  ["nested parentheses", "rules", rule(`${"(".repeat(20_000)}proc.name=a${")".repeat(20_000)}`)],
  ["many negations", "rules", rule(`evt.type=open and ${"not ".repeat(20_000)}proc.name=a`)],
  ["nested negations", "rules", rule(`evt.type=open and ${"not (".repeat(399)}proc.name=a${")".repeat(399)}`)],
  [
    "deep junctions",
    "rules",
    rule(
      `evt.type=open and ${lines(390, (i) => `(proc.name=a${i} ${i % 2 ? "and" : "or"} `)}proc.name=a${")".repeat(390)}`,
    ),
  ],
  [
    "a long chain of tests",
    "rules",
    rule(`evt.type=open and (${lines(20_000, (i) => `proc.name contains a${i} or `)}proc.name=b)`),
  ],
  [
    "a longer chain of tests",
    "rules",
    rule(`evt.type=open and (${lines(100_000, (i) => `proc.name contains a${i} or `)}proc.name=b)`),
  ],
  ["a long word", "rules", rule(`evt.type=open and ${"a".repeat(200_000)}`)],
  ["many prefixes", "rules", rule(`evt.type=open and fd.name pmatch (${lines(20_000, (i) => `/a/${i}*/b, `)}/x)`)],
  [
    "many expressions",
    "rules",
    rule(`evt.type=open and proc.name regex anyof (${lines(2000, (i) => `"(a|b)*${i}{100}", `)}x)`),
  ],
  ["repeated repetitions", "rules", rule(`evt.type=open and proc.name regex '((((a{100}){100}){100}){100}){100}'`)],
  [
    "many values of an exception",
    "rules",
    rule(
      "evt.type=open",
      "x",
      `  exceptions:\n    - name: e\n      fields: [proc.name, fd.name]\n      values:\n${lines(20_000, (i) => `        - [a${i}, b${i}]\n`)}`,
    ),
  ],
  [
    "many exceptions",
    "rules",
    rule(
      "evt.type=open",
      "x",
      `  exceptions:\n${lines(5000, (i) => `    - {name: e${i}, fields: [proc.name], values: [[a${i}]]}\n`)}`,
    ),
  ],
  ["many keys", "rules", `- rule: r\n${lines(20_000, (i) => `  k${i}: v\n`)}`],
  [
    "many tiny rules",
    "rules",
    `[${lines(5000, (i) => `{rule: r${i}, desc: d, condition: evt.type=open and proc.name=a${i}, output: x, priority: INFO}, `)}]`,
  ],
  [
    "a long list for all event types",
    "rules",
    rule(
      `proc.name in (${lines(60_000, (i) => `a${i}, `)}x) or fd.name endswith anyof (${lines(2000, (i) => `b${i}, `)}x)`,
    ),
  ],
  [
    "many appended lists",
    "rules",
    `- list: l\n  items: [a]\n${"- list: l\n  items: [b]\n  override: {items: append}\n".repeat(10_000)}${rule("evt.type=open and proc.name in (l)")}`,
  ],
  ["blank lines", "rules", `${rule("evt.type=open")}${"\n".repeat(200_000)}${"  \n".repeat(200_000)}`],
  ["brackets in wrong places", "rules", `${rule("evt.type=open")}${"}{ ".repeat(500_000)}`],
  ["many anchors", "rules", "- &a x\n".repeat(290_000)],
  ["many anchors for one node", "rules", "- &a &b x\n".repeat(200_000)],
  [
    "exceptions of many unknown fields",
    "rules",
    rule(
      "evt.type=open",
      "x",
      `  exceptions: [{name: e, fields: [${'"ka.target.namespac", '.repeat(10_000)}]}]\n`,
    ).repeat(20),
  ],
  ["nested dashes", "responses", `${"- ".repeat(30_000)}a\n`],
  [
    "doubling macros",
    "responses",
    `- macro: m0\n  condition: rule=x\n${lines(50, (i) => `- macro: m${i + 1}\n  condition: (m${i} or rule=a${i}) and (m${i} or rule=b${i})\n`)}- response: r\n  match: m50\n  actions: [host:kill]\n`,
  ],
  [
    "a thousand errors",
    "responses",
    lines(1000, (i) => `- response: r${i}\n  match: foo${i}=1\n  actions: [host:kil${i}]\n`),
  ],
  ["doubling aliases", "configuration", doublingAliases(9, "rules_files")],
  ["nested brackets", "configuration", `rules_files: ${nested("[", "]", 50_000)}\n`],
  ["nested mappings", "configuration", lines(3000, (i) => `${" ".repeat(i)}k:\n`)],
  ["many unknown keys", "configuration", lines(20_000, (i) => `rules_filez${i}: 1\n`)],
  ["the same key many times", "configuration", "json_output: true\n".repeat(20_000)],
  ["many rules", "configuration", `rules:\n${lines(20_000, (i) => `  - enable: {rule: "a*b*c${i}*d"}\n`)}`],
  ["many values", "configuration", `rules_files: [${"a, ".repeat(150_000)}]\n`],
];

export const bombs: readonly Bomb[] = texts.map(([name, kind, text]) => ({ name, kind, text }));
