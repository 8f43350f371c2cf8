import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { AgentResponse, ExceptionRequest } from "../../api/agent-view.ts";
import { exceptionOf } from "../../api/exceptions/change.fixture.ts";
import { entriesIn } from "../../api/exceptions/entries.ts";
import { openExceptions } from "../../api/exceptions/open.ts";
import { loadConfig } from "../../config/load.ts";
import { newJournal } from "../../journal/alerts.fixture.ts";
import { readyRules } from "../load/ready-rules.ts";
import { openRequests } from "./requests.ts";

/** Opens the request handling of an agent with the rules A and B. Reloads have the outcome `outcome.next`. */
async function opened(text?: string) {
  const journal = newJournal();
  const folder = dirname(journal);
  const file = join(folder, "exceptions.yaml");
  if (text !== undefined) writeFileSync(file, text);
  const rules = join(folder, "rules.yaml");
  const rule = (name: string): string =>
    `- rule: ${name}\n  desc: d\n  condition: evt.type = open\n  output: "%proc.name"\n  priority: WARNING\n`;
  writeFileSync(rules, rule("A") + rule("B"));
  const { config } = await loadConfig(undefined, [`journal.path=${journal}`, `web_page.exceptions_file=${file}`]);
  const ready = await readyRules([rules], config, "all", "here");
  const outcome: { next: AgentResponse } = { next: { done: true } };
  const requests = openRequests({
    current: () => ({ config, rules: ready, responses: undefined, pageRules: [] }),
    observer: { observed: () => undefined },
    reload: () => requests.reloaded(outcome.next),
  });
  return {
    ...{ folder, file, outcome },
    send: (request: ExceptionRequest) => requests.request({ kind: "except", request }),
    text: () => readFileSync(file, "utf8"),
    async first() {
      const [entry] = (await entriesIn(readFileSync(file, "utf8"))).entries;
      return { id: entry?.id ?? "", version: entry?.version ?? "" };
    },
  };
}

const user = "ada";
const add = (yaml: string) => ({ change: "add", yaml, user }) as const;

test("only one of two concurrent edits of the same version is applied", async () => {
  const { send, first, text } = await opened(exceptionOf("A", "a"));
  const known = await first();
  const edits = ["b", "c"].map((program) => send({ change: "edit", yaml: exceptionOf("A", program), user, ...known }));
  expect(await Promise.all(edits)).toMatchObject([{ done: true }, { code: "not_found" }]);
  expect(text()).toContain("[b]");
  const now = await first();
  const more = ["c", "d"].map((program) => send({ change: "edit", yaml: exceptionOf("A", program), user, ...now }));
  expect(await Promise.all(more)).toMatchObject([{ done: true }, { code: "conflict" }]);
  expect(text()).toContain("[c]");
});

test.each([
  ["does not load", exceptionOf("A", "a").replace("proc.name", "proc.nme"), "proc.nme"],
  ["is of an unknown rule", exceptionOf("C", "a"), 'unknown rule "C"'],
  ["is a rule", "- rule: A\n  condition: evt.type = close\n  override: {condition: replace}\n", "Only exceptions"],
])("an edit that %s is rejected, and leaves both files as they are", async (_, yaml, reason) => {
  const { send, first, text, file } = await opened(exceptionOf("A", "a"));
  const known = await first();
  expect(await send({ change: "edit", yaml, user, ...known })).toEqual({ refused: expect.stringContaining(reason) });
  expect([text(), existsSync(`${file}.history`)]).toEqual([exceptionOf("A", "a"), false]);
});

test("a reload that fails leaves both files as they were", async () => {
  const { send, first, text, file, outcome } = await opened(exceptionOf("A", "a"));
  await send({ change: "edit", yaml: exceptionOf("A", "b"), user, ...(await first()) });
  const before = [text(), readFileSync(`${file}.history`, "utf8")];
  outcome.next = { refused: "Broken." };
  const known = await first();
  for (const request of [
    add(exceptionOf("B", "b")),
    { change: "edit", yaml: exceptionOf("A", "c"), user, ...known },
    { change: "remove", user, ...known },
    { change: "revert", user, ...known },
  ] as const) {
    expect(await send(request)).toEqual({ refused: "Broken." });
    expect([text(), readFileSync(`${file}.history`, "utf8")]).toEqual(before);
  }
});

test("if the history cannot be written, nothing changes", async () => {
  const { send, first, text, file } = await opened(exceptionOf("A", "a"));
  mkdirSync(`${file}.history`);
  const known = await first();
  expect(await send({ change: "remove", user, ...known })).toEqual({
    refused: expect.stringContaining("is not a regular file"),
  });
  expect(text()).toBe(exceptionOf("A", "a"));
});

test("removing an exception is rejected if another exception needs its fields", async () => {
  const needs = "- rule: A\n  exceptions: [{name: by_name, values: [[b]]}]\n  override: {exceptions: append}\n";
  const { send, first, text } = await opened(exceptionOf("A", "a") + needs);
  const before = text();
  expect(await send({ change: "remove", user, ...(await first()) })).toEqual({
    refused: expect.stringContaining("by_name"),
  });
  expect(text()).toBe(before);
});

test("exceptions of rules that no longer exist do not prevent other changes, and can be removed", async () => {
  const stale = exceptionOf("Gone", "a") + exceptionOf("Lost", "b");
  const { send, first, text, file } = await opened(`${stale}# last\n`);
  expect(await send(add(exceptionOf("A", "c")))).toMatchObject({ done: true });
  const known = await first();
  for (const request of [
    add(exceptionOf("Other", "c")),
    { change: "edit", yaml: exceptionOf("Gone", "c"), user, ...known },
  ] as const)
    expect(await send(request)).toEqual({
      refused: expect.stringMatching(/^Line 1 of the text: Cannot append to unknown rule "\w+"\.$/),
    });
  expect(await send({ change: "expiry", expires: "2999-01-01T00:00:00Z", user, ...known })).toMatchObject({
    done: true,
  });
  for (let left = 2; left > 0; left--)
    expect(await send({ change: "remove", user, ...(await first()) })).toMatchObject({ done: true });
  expect(text()).toContain("# last");
  expect(text()).not.toMatch(/Gone|Lost/);
  const removed = (await openExceptions(file).read()).removed[0];
  expect(await send({ change: "revert", user, id: removed?.id ?? "", version: removed?.version ?? "" })).toEqual({
    refused: expect.stringMatching(/exceptions\.yaml:\d+:\d+: Cannot append to unknown rule "Lost"\./),
  });
});

test("an error contains the line in the text of the user, or the position in the file", async () => {
  const needs = "- rule: A\n  exceptions: [{name: by_name, values: [[b]]}]\n  override: {exceptions: append}\n";
  const { send, first, file } = await opened(exceptionOf("A", "a") + needs);
  const two = `# first\n${exceptionOf("B", "a")}\n\n# second\n${exceptionOf("B", "a").replace("proc.name", "proc.nme").replace("by_name", "other")}`;
  expect(await send(add(two))).toEqual({ refused: expect.stringMatching(/^Line 1\d of the text: .*proc\.nme/) });
  expect(await send({ change: "remove", user, ...(await first()) })).toEqual({
    refused: expect.stringMatching(new RegExp(`^${file}:2:\\d+: .*by_name`)),
  });
  writeFileSync(file, `${needs}- rule: 'x\n`);
  expect(await send(add(exceptionOf("A", "a")))).toEqual({
    refused: expect.stringMatching(new RegExp(`^${file}:\\d+:\\d+: Invalid YAML: `)),
  });
  expect(await send(add("- rule: 'x\n"))).toEqual({ refused: expect.stringContaining("Invalid YAML") });
});

test("an exceptions file that is a symbolic link is not changed", async () => {
  const { send, file, folder } = await opened();
  const target = join(folder, "target.yaml");
  writeFileSync(target, "# target\n");
  symlinkSync(target, file);
  expect(await send(add(exceptionOf("A", "a")))).toEqual({ refused: expect.stringContaining("symbolic link") });
  expect(readFileSync(target, "utf8")).toBe("# target\n");
  expect(await openExceptions(file).read()).toMatchObject({ problem: expect.stringContaining("symbolic link") });
});

test("the list contains the change that can be reverted, and the removed exceptions", async () => {
  const { send, first, file, folder } = await opened();
  const disk = openExceptions(file);
  expect(await disk.read()).toMatchObject({ problem: undefined, entries: [], removed: [] });
  await send({ ...add(exceptionOf("A", "a")), reason: "why" });
  const { id } = await first();
  expect((await disk.read()).reverts.size).toBe(0);
  await send({ change: "expiry", expires: "2999-01-01T00:00:00Z", user, ...(await first()) });
  expect((await disk.read()).reverts.get(id)).toMatchObject({ kind: "expiry", user });
  await send({ change: "remove", user, ...(await first()) });
  const { entries, removed } = await disk.read();
  expect([entries, removed]).toMatchObject([
    [],
    [{ id, kind: "remove", user, rule: "A", reason: "why", yaml: exceptionOf("A", "a").trimEnd() }],
  ]);
  await send({ change: "revert", user, id, version: removed[0]?.version ?? "" });
  expect(await disk.read()).toMatchObject({ entries: [{ id }], removed: [] });
  expect(
    readdirSync(folder)
      .filter((name) => name.startsWith("exceptions"))
      .sort(),
  ).toEqual(["exceptions.yaml", "exceptions.yaml.history"]);
});
