import { appendFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { exceptionOf } from "../../api/exceptions/change.fixture.ts";
import { metadataLine } from "../../api/exceptions/metadata.ts";
import { journalStore } from "../../api/store/journal/journal-store.ts";
import type { NewAuditEntry } from "../../api/store/store.ts";
import { loadConfig } from "../../config/load.ts";
import { newJournal } from "../../journal/alerts.fixture.ts";
import { openWriter } from "../../journal/write.ts";
import type { LogLine } from "../../telemetry/log-lines.ts";
import { readyRules } from "../load/ready-rules.ts";
import { auditInJournal } from "./audit.ts";
import { openExpiry } from "./expiry.ts";
import { openRequests } from "./requests.ts";

const PAST = "2026-01-01T00:00:00Z";
const FUTURE = "2999-01-01T00:00:00Z";
const rule = (name: string): string =>
  `- rule: ${name}\n  desc: Reads.\n  condition: evt.type = open\n  output: "%proc.name"\n  priority: WARNING\n`;

/** The comment above an exception with an ID, and the exception. */
function block(id: number, name: string, expires: string): string {
  return `${metadataLine({ id: String(id).padStart(16, "0"), user: "ada", expires })}\n${exceptionOf(name, "cat")}`;
}

/** Opens the expiry of a file with exceptions, with rules A and B. */
async function opened(text: string) {
  const journal = newJournal();
  const file = join(dirname(journal), "exceptions.yaml");
  const ruleFile = join(dirname(journal), "rules.yaml");
  writeFileSync(file, text);
  writeFileSync(ruleFile, rule("A") + rule("B"));
  const { config } = await loadConfig(undefined, [`journal.path=${journal}`, `web_page.exceptions_file=${file}`]);
  const rules = await readyRules([ruleFile], config, "all", "here");
  const lines: LogLine[] = [];
  const log = (line: LogLine) => void lines.push(line);
  let reloads = 0;
  const requests = openRequests({
    current: () => ({ config, rules, responses: undefined, pageRules: [] }),
    observer: { observed: () => undefined },
    log,
    reload() {
      reloads++;
      requests.reloaded({ done: true });
    },
  });
  const entries: NewAuditEntry[] = [];
  const expiry = openExpiry({
    ...{ file: () => file, request: requests.request, checkEvery: 20 },
    audit: (entry) => entries.push(entry),
    log,
  });
  return { file, journal, expiry, lines, entries, reloads: () => reloads, text: () => readFileSync(file, "utf8") };
}

/** Polls long enough for a busy machine. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

test("expired exceptions are removed at startup with one reload, and a log line and an audit entry for each", async () => {
  const by_hand = `# by hand\n${exceptionOf("A", "less")}`;
  const later = `\n${block(3, "B", FUTURE)}`;
  const { text, expiry, lines, entries, reloads } = await opened(
    `${by_hand}\n${block(1, "A", PAST)}\n${block(2, "B", PAST)}${later}`,
  );
  expiry.begin();
  await eventually(text).toBe(by_hand + later);
  await eventually(() => entries.length).toBe(2);
  expiry.close();
  expect(lines.map(({ message }) => message)).toEqual([
    expect.stringContaining('0000000000000001 of rule "A" has expired'),
    expect.stringContaining('0000000000000002 of rule "B" has expired'),
  ]);
  expect(entries[0]).toMatchObject({ user: "eyas", action: "remove expired exception", target: "A" });
  expect(entries[0]?.detail).toBe(`Expired: ${PAST}\n${exceptionOf("A", "cat").trimEnd()}`);
  expect(reloads()).toBe(1);
});

test("an exception that is added to the file while the agent runs is removed, too", async () => {
  const { file, text, expiry, entries } = await opened("# none\n");
  expiry.begin();
  appendFileSync(file, `\n${block(1, "A", PAST)}`);
  await eventually(text).toBe("# none\n");
  await eventually(() => entries.length).toBe(1);
  expiry.close();
});

test("an exception that others need stays with one log line, and the others are removed", async () => {
  const needed = block(1, "A", PAST);
  const needs = "- rule: A\n  exceptions:\n    - {name: by_name, values: [[less]]}\n  override: {exceptions: append}\n";
  const { text, expiry, lines, entries } = await opened(`${needed}\n${needs}\n${block(2, "B", PAST)}`);
  expiry.begin();
  await eventually(text).toBe(`${needed}\n${needs}`);
  await eventually(() => entries.map(({ target }) => target)).toEqual(["B"]);
  await new Promise((resolve) => setTimeout(resolve, 200)); // more checks
  expiry.close();
  expect(lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
    expect.stringMatching(/0000000000000001 of rule "A" has expired, but cannot be removed: .*by_name/),
  ]);
});

test("an exception of a rule that no longer exists does not prevent the removal of others, and is removed when it expires", async () => {
  const stale = block(1, "Gone", FUTURE);
  const { text, expiry, lines, entries } = await opened(`${stale}\n${block(2, "B", PAST)}\n${block(3, "Lost", PAST)}`);
  expiry.begin();
  await eventually(text).toBe(stale);
  await eventually(() => entries.map(({ target }) => target).sort()).toEqual(["B", "Lost"]);
  expiry.close();
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
});

test.each<[string, string | Buffer, string]>([
  [
    "has other parts of a rule",
    block(1, "A", PAST)
      .replace("  exceptions:", "  priority: INFO\n  exceptions:")
      .replace("append\n", "append\n    priority: replace\n"),
    "other parts of a rule",
  ],
  ["is in a file that is too large", `${block(1, "A", PAST)}${"# filler\n".repeat(40_000)}`, "at most 256 KiB"],
  ["is in a file that is not UTF-8", Buffer.from(`# \xe9\n${block(1, "A", PAST)}`, "latin1"), "is not valid UTF-8"],
  ["is in a file with a link", "", "is a symbolic link"],
])("an expired exception that %s stays, with one log line that states why", async (_, text, reason) => {
  const { file, expiry, lines, entries } = await opened("");
  if (text === "") {
    writeFileSync(`${file}.target`, block(1, "A", PAST));
    rmSync(file);
    symlinkSync(`${file}.target`, file);
  } else writeFileSync(file, text);
  expiry.begin();
  await eventually(() => lines.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 200)); // more checks
  expiry.close();
  expect(lines).toMatchObject([{ level: "error", message: expect.stringContaining(reason) }]);
  expect(entries).toEqual([]);
});

test("an expired exception is removed although the earlier history cannot be read", async () => {
  const { file, text, expiry, lines, entries } = await opened(`# first\n${block(1, "A", PAST)}`);
  writeFileSync(`${file}.history`, "x".repeat((1 << 20) + 1));
  expiry.begin();
  await eventually(text).toBe("# first\n");
  await eventually(() => entries.length).toBe(1);
  expiry.close();
  expect(lines.map(({ message }) => message)).toContainEqual(expect.stringContaining("can no longer be reverted"));
  expect(JSON.parse(readFileSync(`${file}.history`, "utf8"))).toMatchObject([{ kind: "expired" }]);
});

test("a file without expired exceptions is not changed, even if it is not valid", async () => {
  const { text, expiry, lines, reloads } = await opened(`${block(1, "A", FUTURE)}- rule: 'x\n`);
  const before = text();
  expiry.begin();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expiry.close();
  expect([text(), lines, reloads()]).toEqual([before, [], 0]);
});

test("an audit entry of the agent is written to the journal if the journal exists", async () => {
  const file = newJournal();
  const entry = { user: "eyas", address: "", action: "remove expired exception", target: "A" };
  expect(auditInJournal(join(dirname(file), "absent.db"), entry)).toBe(false);
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  expect(auditInJournal(file, entry)).toBe(true);
  const store = journalStore(file);
  expect((await store.audit({ limit: 10 })).entries).toMatchObject([entry]);
  store.close();
  writer.close();
});
