import { describe, expect, test, vi } from "vitest";
import { parseYaml } from "../../rule/parse-yaml.ts";
import { exceptionOf, MemoryFile } from "./change.fixture.ts";
import { changesIn, historyText, versionOf } from "./history.ts";
import { metadataLine } from "./metadata.ts";

vi.mock("../../rule/parse-yaml.ts", { spy: true }); // counts calls

const BY_HAND = `# Our exceptions. Ask the team before a change!
- macro: known
  condition: proc.name in (a, b)

# Backups
- rule: File read
  exceptions:   # odd   spacing stays
    - {name: hand, fields: [proc.name, fd.name], comps: [=, startswith], values: [[tar, "/srv # no comment"]]}
  override: {exceptions: append}
  # a comment inside

- rule: Shell
  exceptions:
    - name: text
      fields: [proc.cmdline]
      values:
        - - |
            - rule: not a rule
            # not a comment
  override: {exceptions: append}
`;

/** Files with different line breaks and ends. */
const forms: readonly (readonly [string, (text: string) => string])[] = [
  ["LF", (text) => text],
  ["CRLF", (text) => text.replaceAll("\n", "\r\n")],
  ["no final line break", (text) => text.trimEnd()],
  ["CRLF and no final line break", (text) => text.trimEnd().replaceAll("\n", "\r\n")],
  ["blank lines at the end", (text) => `${text}\n\n`],
];

describe.each(forms)("a file with %s", (_, formed) => {
  test("keeps its text when an exception is added, and is unchanged after the exception is removed", async () => {
    const file = new MemoryFile(formed(BY_HAND));
    const id = await file.add(exceptionOf("File read", "cat"));
    expect(file.text?.startsWith(formed(BY_HAND))).toBe(true);
    expect(file.text?.includes("\r\n")).toBe(formed(BY_HAND).includes("\r\n"));
    expect(/[^\r]\n/.test(file.text ?? "")).toBe(!formed(BY_HAND).includes("\r\n"));
    await file.apply({ change: "remove", user: "ada", ...(await file.known(id)) });
    expect(file.text?.trimEnd()).toBe(formed(BY_HAND).trimEnd());
  });

  test("differs only in the lines of an exception that is edited, and is unchanged after the edit is reverted", async () => {
    const file = new MemoryFile(formed(BY_HAND));
    await file.add(exceptionOf("Last", "cat"));
    for (const at of [0, 1, 2]) {
      const before = file.text ?? "";
      const entry = (await file.entries())[at]!;
      const [id = ""] = await file.apply({ ...edit(exceptionOf("New", "less")), id: entry.id, version: entry.version });
      const text = file.text ?? "";
      expect(text.startsWith(before.slice(0, entry.start))).toBe(true);
      expect(text.endsWith(before.slice(entry.end))).toBe(true);
      const changed = (await file.entries())[at]!;
      expect(changed).toMatchObject({ id, rule: "New", metadata: { changed: { user: "bob" } } });
      expect(changed.yaml.replaceAll("\r", "")).toBe(exceptionOf("New", "less").trimEnd());
      expect(changed.metadata?.user).toBe(entry.metadata?.user);
      await file.apply({ change: "revert", user: "ada", ...(await file.known(id)) });
      expect(file.text).toBe(before);
    }
  });

  test("is unchanged after the removal of an exception at any position is reverted", async () => {
    const file = new MemoryFile(formed(BY_HAND));
    await file.add(exceptionOf("A", "cat"));
    await file.add(exceptionOf("B", "cat"));
    for (const { id, version } of await file.entries()) {
      const before = file.text;
      await file.apply({ change: "remove", user: "ada", id, version });
      expect(file.text).not.toBe(before);
      expect((await file.entries()).map((entry) => entry.id)).not.toContain(id);
      await file.apply({ change: "revert", user: "ada", id, version: versionOf(file.changes.at(-1)!) });
      expect(file.text).toBe(before);
    }
  });

  test("keeps the text of an exception whose expiry is set", async () => {
    const file = new MemoryFile(formed(BY_HAND));
    const before = await file.entries();
    for (const at of [0, 1]) {
      const { id, version } = (await file.entries())[at]!;
      await file.apply({ change: "expiry", user: "ada", id, version, expires: "2027-01-01T00:00:00Z" });
      expect((await file.entries())[at]).toMatchObject({
        yaml: before[at]!.yaml,
        metadata: { expires: "2027-01-01T00:00:00Z" },
      });
    }
  });
});

const edit = (yaml: string) => ({ change: "edit", yaml, user: "bob" }) as const;

test("exceptions that were written by hand have no owner, and have an ID that depends on their text", async () => {
  const file = new MemoryFile(BY_HAND);
  const entries = await file.entries();
  expect(entries.map(({ rule, line, metadata, fixed }) => [rule, line, metadata, fixed])).toEqual([
    ["File read", 6, undefined, undefined],
    ["Shell", 12, undefined, undefined],
  ]);
  const twice = new MemoryFile(exceptionOf("A", "a") + exceptionOf("A", "a"));
  const ids = (await twice.entries()).map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
});

test.each([
  ["a flow sequence", "[{rule: A, exceptions: [], override: {exceptions: append}}]\n"],
  ["an indented list", `  ${exceptionOf("A", "a").trimEnd().replaceAll("\n", "\n  ")}\n`],
  [
    "an alias",
    `- rule: B\n  exceptions: &e []\n  override: {exceptions: append}\n- rule: A\n  exceptions: *e\n  override: {exceptions: append}\n`,
  ],
  [
    "other parts of a rule",
    "- rule: A\n  exceptions: []\n  condition: evt.type = open\n  override: {condition: replace}\n",
  ],
])("an exception in %s is listed, but not changed", async (_, text) => {
  const file = new MemoryFile(text);
  const entry = (await file.entries()).find(({ rule }) => rule === "A")!;
  expect(entry.fixed).toMatch(/only be changed in the file/);
  const { id, version } = entry;
  await expect(file.apply({ change: "remove", user: "ada", id, version })).rejects.toThrow(entry.fixed);
  expect(file.text).toBe(text);
});

test("a reason with line breaks and YAML does not add a rule", async () => {
  const file = new MemoryFile(undefined);
  const reason = "backup\n- rule: Evil\n  exceptions: []\n# eyas-exception: {}";
  await file.add(exceptionOf("A", "cat"), { reason });
  const entries = await file.entries();
  expect(entries.map(({ rule, metadata }) => [rule, metadata?.reason])).toEqual([["A", reason]]);
  expect(file.text?.match(/^- rule/gm)).toHaveLength(1);
});

test.each([
  ["no exception", "- macro: a\n  condition: evt.type = open\n"],
  ["a rule", "- rule: A\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n"],
  ["another item", `${exceptionOf("A", "a")}- macro: a\n  condition: b\n`],
  ["a second document", `${exceptionOf("A", "a")}---\n${exceptionOf("A", "b")}`],
  ["the end of the document", `${exceptionOf("A", "a")}...\n`],
  ["metadata", `# eyas-exception: {"id":"0123456789abcdef","user":"bob"}\n${exceptionOf("A", "a")}`],
  ["metadata inside", exceptionOf("A", "a").replace("  exceptions", "# eyas-exception: {}\n  exceptions")],
  ["a comment at the end", `${exceptionOf("A", "a")}# end\n`],
  ["invalid YAML", "- rule: 'a\n"],
  ["nothing", "\n"],
  ["a mapping", "rule: A\nexceptions: []\noverride: {exceptions: append}\n"],
])("a text with %s is rejected", async (_, yaml) => {
  const file = new MemoryFile(BY_HAND);
  await expect(file.add(yaml)).rejects.toThrow();
  const [{ id, version } = { id: "", version: "" }] = await file.entries();
  await expect(file.apply({ ...edit(yaml), id, version })).rejects.toThrow();
  expect(file.text).toBe(BY_HAND);
});

test("one request adds several exceptions, each with the comments above it; an edit accepts only one exception", async () => {
  const file = new MemoryFile(undefined);
  const yaml = `# first\n${exceptionOf("A", "a")}\n# second,\n# in two lines\n${exceptionOf("B", "b")}`;
  const ids = await file.apply({ change: "add", yaml, user: "ada" });
  const entries = await file.entries();
  expect(entries.map(({ id }) => id)).toEqual(ids);
  expect(entries.map((entry) => entry.yaml)).toEqual([
    `# first\n${exceptionOf("A", "a").trimEnd()}`,
    `# second,\n# in two lines\n${exceptionOf("B", "b").trimEnd()}`,
  ]);
  await expect(file.apply({ ...edit(yaml), ...(await file.known(ids[0]!)) })).rejects.toThrow("exactly one");
});

test("a change of an outdated version is a conflict, and a removed exception is not found", async () => {
  const file = new MemoryFile(undefined);
  const id = await file.add(exceptionOf("A", "a"));
  const seen = await file.known(id);
  await file.apply({ ...edit(exceptionOf("A", "b")), ...seen });
  for (const late of [edit(exceptionOf("A", "c")), { change: "remove", user: "bob" } as const])
    await expect(file.apply({ ...late, ...seen })).rejects.toMatchObject({ code: "conflict" });
  await expect(file.apply({ change: "expiry", user: "a", expires: undefined, ...seen })).rejects.toMatchObject({
    code: "conflict",
  });
  await file.apply({ change: "remove", user: "ada", ...(await file.known(id)) });
  await expect(file.apply({ ...edit(exceptionOf("A", "c")), ...seen })).rejects.toMatchObject({ code: "not_found" });
});

test("an exception that was changed by hand keeps its owner, and the earlier change cannot be reverted", async () => {
  const file = new MemoryFile(undefined);
  const id = await file.add(exceptionOf("A", "a"), { reason: "r" });
  await file.apply({ ...edit(exceptionOf("A", "b")), ...(await file.known(id)) });
  file.text = file.text?.replace("[b]", "[by_hand]");
  expect((await file.entries())[0]).toMatchObject({ id, metadata: { user: "ada", reason: "r" } });
  await expect(file.apply({ change: "revert", user: "ada", ...(await file.known(id)) })).rejects.toMatchObject({
    code: "conflict",
  });
});

test("several reverts undo several changes, the last change first", async () => {
  const file = new MemoryFile(undefined);
  const id = await file.add(exceptionOf("A", "a"));
  const texts = [file.text];
  await file.apply({ ...edit(exceptionOf("A", "b")), ...(await file.known(id)) });
  texts.push(file.text);
  await file.apply({ change: "expiry", user: "ada", expires: "2027-01-01T00:00:00Z", ...(await file.known(id)) });
  for (const text of texts.toReversed()) {
    await file.apply({ change: "revert", user: "ada", ...(await file.known(id)) });
    expect(file.text).toBe(text);
  }
  await expect(file.apply({ change: "revert", user: "ada", ...(await file.known(id)) })).rejects.toMatchObject({
    code: "conflict",
  });
});

test("if the file has changed since a removal, the exception is restored before the exception that followed it", async () => {
  const file = new MemoryFile(undefined);
  const [a, b] = [await file.add(exceptionOf("A", "a")), await file.add(exceptionOf("B", "b"))];
  await file.apply({ change: "remove", user: "ada", ...(await file.known(a)) });
  const removal = file.changes.at(-1)!;
  const c = await file.add(exceptionOf("C", "c"));
  await file.apply({ change: "revert", user: "ada", id: a, version: versionOf(removal) });
  expect((await file.entries()).map(({ id }) => id)).toEqual([a, b, c]);
  await expect(file.apply({ change: "revert", user: "bob", id: a, version: versionOf(removal) })).rejects.toMatchObject(
    {
      code: "conflict",
    },
  );
});

test("expired exceptions are removed, and are restored with another expiry or without expiry", async () => {
  const file = new MemoryFile(BY_HAND);
  const expires = "2026-06-02T00:00:00Z";
  const a = await file.add(exceptionOf("A", "a"), { expires, reason: "r" });
  const b = await file.add(exceptionOf("B", "b"));
  const c = await file.add(exceptionOf("C", "c"), { expires });
  const before = file.text;
  file.now = Date.parse("2026-06-03T00:00:00Z");
  await file.apply({ change: "expired", exceptions: [await file.known(a), await file.known(c)] });
  expect((await file.entries()).slice(2).map(({ id }) => id)).toEqual([b]);
  const removal = (id: string) => file.changes.find((change) => change.id === id)!;
  expect(removal(a)).toMatchObject({ kind: "expired", user: "", rule: "A" });
  const revert = (id: string) => ({ change: "revert", user: "ada", id, version: versionOf(removal(id)) }) as const;
  const removed = file.text;
  await expect(file.apply(revert(a))).rejects.toThrow("The earlier expiry is in the past. Set a new expiry.");
  expect(file.text).toBe(removed);
  const later = "2026-07-01T00:00:00.000Z";
  await file.apply({ ...revert(a), expires: later });
  await file.apply({ ...revert(c), expires: null });
  const restored = (await file.entries()).slice(2);
  expect(restored.map(({ id, metadata }) => [id, metadata?.expires])).toEqual([
    [a, later],
    [b, undefined],
    [c, undefined],
  ]);
  expect(restored[0]?.metadata).toMatchObject({ id: a, user: "ada", reason: "r" });
  expect(file.text?.replaceAll(/,"expires":"[^"]*"/g, "")).toBe(before?.replaceAll(/,"expires":"[^"]*"/g, ""));
});

test("a change is not reverted if the earlier expiry is now in the past", async () => {
  const file = new MemoryFile(undefined);
  const id = await file.add(exceptionOf("A", "a"), { expires: "2026-06-02T00:00:00Z" });
  await file.apply({ change: "expiry", user: "bob", expires: "2026-07-01T00:00:00Z", ...(await file.known(id)) });
  file.now = Date.parse("2026-06-03T00:00:00Z");
  const text = file.text;
  await expect(file.apply({ change: "revert", user: "ada", ...(await file.known(id)) })).rejects.toThrow("Set a new");
  expect(file.text).toBe(text);
});

test("many expired exceptions are removed with one parse of the file before and after", async () => {
  const line = (i: number) => metadataLine({ id: i.toString(16).padStart(16, "0"), expires: "2026-01-01T00:00:00Z" });
  const blocks = Array.from({ length: 60 }, (_, i) => `${line(i)}\n${exceptionOf(`R${i}`, "a")}\n`);
  const file = new MemoryFile(`# first\n\n${blocks.join("")}`);
  const entries = await file.entries();
  vi.mocked(parseYaml).mockClear();
  await file.apply({ change: "expired", exceptions: entries.filter((_, i) => i % 3 === 0) });
  // Each parse of the file also parses each of its exceptions.
  expect(vi.mocked(parseYaml).mock.calls.length).toBe(1 + 60 + 1 + 40);
  expect(file.text).toBe(`# first\n\n${blocks.filter((_, i) => i % 3 !== 0).join("")}`);
});

test("an exception below invalid metadata has a problem until its expiry is set", async () => {
  const invalid = '# eyas-exception: {"id":"0123456789abcdef","expires":"2026-12-01"}';
  const file = new MemoryFile(`${invalid}\n# more\n${exceptionOf("A", "a")}`);
  const [entry] = await file.entries();
  expect(entry).toMatchObject({ metadata: undefined, problem: expect.stringContaining("is not valid") });
  const { id, version } = entry!;
  await file.apply({ change: "expiry", user: "ada", id, version, expires: "2026-12-01T00:00:00.000Z" });
  expect(await file.entries()).toMatchObject([
    { metadata: { expires: "2026-12-01T00:00:00.000Z" }, problem: undefined },
  ]);
});

test("a copy of an exception with its metadata is a separate exception", async () => {
  const file = new MemoryFile(undefined);
  const id = await file.add(exceptionOf("A", "a"));
  const block = file.text?.slice((await file.entries())[0]!.start) ?? "";
  file.text += `\n${block}`;
  const [one, copy] = await file.entries();
  expect([one?.id, copy?.metadata?.id]).toEqual([id, id]);
  expect(copy?.id).not.toBe(id);
  const [changed] = await file.apply({ ...edit(exceptionOf("B", "b")), id: copy!.id, version: copy!.version });
  expect((await file.entries()).map((entry) => [entry.id, entry.rule])).toEqual([
    [id, "A"],
    [changed, "B"],
  ]);
  expect(changed).not.toBe(id);
});

test("the history has at most 50 changes and 1 MiB, and is empty if the file is damaged", async () => {
  const change = {
    kind: "edit",
    id: "a",
    rule: "A",
    user: "ada",
    time: "2026-01-01T00:00:00Z",
    before: "",
    after: "",
  } as const;
  const many = Array.from({ length: 60 }, (_, i) => ({ ...change, before: String(i) }));
  expect(changesIn(historyText(many)).map(({ before }) => before)).toEqual(many.slice(10).map(({ before }) => before));
  const large = many.map((one) => ({ ...one, after: "x".repeat(40_000) }));
  const wide = many.map((one) => ({ ...one, after: "語".repeat(10_000) }));
  for (const each of [large, wide]) expect(Buffer.byteLength(historyText(each))).toBeLessThanOrEqual(1 << 20);
  expect(changesIn(historyText(wide)).at(-1)).toEqual(wide.at(-1));
  expect(changesIn(historyText(large)).at(-1)).toEqual(large.at(-1));
  for (const text of ["", "{", "{}", "[1]", '[{"kind":"other"}]', historyText(many).slice(1)])
    expect(changesIn(text)).toEqual([]);
});
