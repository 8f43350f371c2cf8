import { afterAll, expect, test, vi } from "vitest";
import type { Entry, JournalAlert } from "../../../alert/entry.ts";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import type { AlertQuery, TestOperator } from "../../../query/ast.ts";
import { alertTest } from "../../../query/match.ts";
import { priorities } from "../../../rule/rule.ts";
import { everything } from "../../filter/filter.ts";
import { journalStore } from "./journal-store.ts";

/** Deterministic random numbers. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const random = randomFrom(7);
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
const words = [
  "cat",
  "bash",
  "/etc/shadow",
  "/etc/file-3",
  "a b",
  "é\u2066x",
  "Cat",
  "12",
  "7",
  "web-1",
  "host",
  "shop",
  "T1005",
  "x.y-z",
  "<b>",
  "[x",
];

const entries: Entry[] = Array.from({ length: 1500 }, (_, i) =>
  entry(
    i,
    {
      rule: `rule ${pick(words)}`,
      priority: pick(priorities),
      hostname: pick(words),
      tags: [pick(words), pick(words)].filter(() => random(3) > 0),
      ...(random(2) === 0 && { message: `${pick(words)} and ${pick(words)}`, output: undefined }),
    },
    {
      "proc.name": pick(words),
      "container.name": pick([...words, null, ["web-1", "cat"], ["12"], '["web-1","cat"]', "[x"]),
      "k8s.ns.name": pick([...words, null]),
      "fd.name": pick([...words, null]),
      ...(random(2) === 0 && { "fd.sport": random(20), "proc.args": [pick(words), pick(words)] }),
    },
  ),
);

const names = [
  "rule",
  "priority",
  "hostname",
  "tags",
  "output",
  "proc.name",
  "container.name",
  "k8s.ns.name",
  "fd.name",
  "fd.sport",
  "proc.args",
  "no.such",
];
const operators: readonly TestOperator[] = [
  "=",
  "!=",
  "<",
  ">=",
  "contains",
  "icontains",
  "startswith",
  "endswith",
  "glob",
  "in",
  "pmatch",
  "exists",
];

function anyQuery(depth: number): AlertQuery {
  const kind = depth === 0 ? 3 : random(5);
  if (kind === 0) return { kind: "and", parts: [anyQuery(depth - 1), anyQuery(depth - 1)] };
  if (kind === 1) return { kind: "or", parts: [anyQuery(depth - 1), anyQuery(depth - 1), anyQuery(depth - 1)] };
  if (kind === 2) return { kind: "not", part: anyQuery(depth - 1) };
  const name = pick(names);
  if (name === "priority")
    return { kind: "test", name, operator: pick(["=", "!=", "<", ">=", "in"] as const), values: [pick(priorities)] };
  const operator = pick(operators);
  const values =
    operator === "exists" ? [] : [pick(words), ...(operator === "in" || operator === "pmatch" ? [pick(words)] : [])];
  return { kind: "test", name, operator, values };
}

const file = newJournal();
const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
writer.append(entries);
const store = journalStore(file);
const alerts = entries.map((one, i): JournalAlert => ({ ...one, seq: i + 1, id: "" }));

// Stops the clock, so that searches do not reach their time limit.
vi.spyOn(performance, "now").mockReturnValue(0);

afterAll(() => {
  vi.restoreAllMocks();
  store.close();
  writer.close();
});

test("columns and full-text search find the same alerts as a test of each alert", async () => {
  for (let i = 0; i < 150; i++) {
    const condition = anyQuery(3);
    const matches = alertTest(condition);
    const wanted = alerts.filter(matches).map(({ time }) => time);
    const { total } = await store.count({ ...everything, condition }, "rule", 1);
    expect(total, JSON.stringify(condition)).toBe(wanted.length);
    const { alerts: found } = await store.list({ ...everything, condition }, { limit: 1000, order: "oldest" });
    expect(found.map(({ fields }) => fields["proc.pid"])).toEqual(
      alerts
        .filter(matches)
        .map(({ time }) => Number(time - entries[0]!.time))
        .slice(0, found.length),
    );
  }
});
