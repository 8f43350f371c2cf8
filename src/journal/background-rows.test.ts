import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { Background, LineageProcess } from "../alert/background.ts";
import { explanationOf, markDigit, marksText } from "../alert/explanation.ts";
import { entry, newJournal, recoverInto } from "./alerts.fixture.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };

function lineage(...pids: readonly number[]): readonly LineageProcess[] {
  return pids.map((pid) => ({
    pid,
    began: BigInt(pid),
    name: `p${pid}`,
    cmdline: `p${pid} -x`,
    exepath: `/bin/p${pid}`,
    account: "root",
  }));
}

const behind = (background: Background, number = 1) => ({ ...entry(number), background });

function rows(file: string, sql: string): readonly unknown[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const found = db.prepare(sql).all();
  db.close();
  return found.map((row) => ({ ...row }));
}

test("a process that alerts share is stored once, and again after an exec", () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const [, ...parents] = lineage(9, 2, 1);
  writer.append([behind({ lineage: lineage(7, 2, 1) }), behind({ lineage: lineage(8, 2, 1) })]);
  writer.append([behind({ lineage: [{ ...lineage(8)[0]!, cmdline: "other" }, ...parents] }), entry(5)]);
  writer.close();
  expect(rows(file, "SELECT pid, cmdline FROM process ORDER BY id")).toEqual(
    [
      [1, "p1 -x"],
      [2, "p2 -x"],
      [7, "p7 -x"],
      [8, "p8 -x"],
      [8, "other"],
    ].map(([pid, cmdline]) => ({ pid, cmdline })),
  );
  expect(rows(file, "SELECT seq FROM behind ORDER BY seq")).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
});

test("plans are stored once; an explanation without a plan is not stored", () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const explained = (plan: number, text: string | undefined) =>
    behind({ lineage: [], explained: { plan, text, marks: "{}" } });
  writer.append([explained(1, "first"), explained(1, undefined), explained(2, undefined), explained(1, "first")]);
  writer.close();
  expect(rows(file, "SELECT seq, text FROM behind JOIN plan ON plan.id = behind.plan ORDER BY seq")).toEqual(
    [1, 2, 4].map((seq) => ({ seq, text: "first" })),
  );
  expect(rows(file, "SELECT count(*) n FROM plan")).toEqual([{ n: 1 }]);
});

test("the background of deleted alerts is deleted with them", () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 1, maxSize: 0 });
  for (let i = 0; i < 6000; i += 500)
    writer.append(Array.from({ length: 500 }, (_, k) => behind({ lineage: lineage(10 + i + k, 2, 1) }, i + k)));
  expect(writer.transaction(() => writer.retention.step(Date.now() + 1000))).toBe(2000);
  const orphans =
    "SELECT count(*) n FROM behind b LEFT JOIN process p ON p.id = b.process LEFT JOIN process q ON q.id = p.parent WHERE p.id IS NULL OR q.id IS NULL";
  expect(rows(file, orphans)).toEqual([{ n: 0 }]);
  expect(rows(file, "SELECT count(*) n FROM behind")).toEqual([{ n: 4000 }]);
  const before = Number(Object.values(rows(file, "SELECT count(*) n FROM process")[0] ?? {})[0]);
  for (let i = 0; i < 4000; i += 500)
    writer.append(Array.from({ length: 500 }, (_, k) => behind({ lineage: lineage(20_000 + i + k, 2, 1) }, i + k)));
  for (let i = 0; i < 3; i++) expect(writer.transaction(() => writer.retention.step(Date.now() + 1000))).toBe(2000);
  expect(rows(file, orphans)).toEqual([{ n: 0 }]);
  expect(rows(file, "SELECT count(*) n FROM behind")).toEqual([{ n: 2000 }]);
  expect(Number(Object.values(rows(file, "SELECT count(*) n FROM process")[0] ?? {})[0])).toBeLessThan(before);
  writer.close();
});

test("triage is recovered from a damaged journal", () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  writer.append([entry(1), entry(2)]);
  writer.close();
  const db = new DatabaseSync(file);
  db.exec(`INSERT INTO comment (seq, time, who, text, state) VALUES (2, 7, 'ada', 'mine', 'closed');
    INSERT INTO bulk_change (time, who, address, action, text, query, changed, first, last, updated)
      VALUES (7, 'ada', '::1', 'close', 'all of mine', 'q', 1, 2, 2, 7);
    INSERT INTO comment (seq, time, who, text, state, bulk) VALUES (1, 7, 'ada', '', 'closed', 1);
    INSERT INTO triage VALUES (2, 'closed', 'ada', 7);
    INSERT INTO deed (time, who, address, action) VALUES (7, 'ada', '::1', 'close')`);
  db.close();
  const fresh = newJournal();
  const next = openWriter(fresh, limits);
  expect(recoverInto(next, file)).toBe(2);
  next.close();
  expect(rows(fresh, "SELECT seq, who, text, state, bulk FROM comment")).toEqual([
    { seq: 2, who: "ada", text: "mine", state: "closed", bulk: null },
    { seq: 1, who: "ada", text: "", state: "closed", bulk: 1 },
  ]);
  expect(rows(fresh, "SELECT id, text FROM bulk_change")).toEqual([{ id: 1, text: "all of mine" }]);
  expect(rows(fresh, "SELECT seq, state FROM triage")).toEqual([{ seq: 2, state: "closed" }]);
  expect(rows(fresh, "SELECT action FROM deed")).toEqual([{ action: "close" }]);
});

test("an explanation combines a plan with the results of the same plan", () => {
  const place = { file: "a.yaml", line: 1, column: 2 };
  const plan = JSON.stringify({
    kind: "and",
    text: "a = 1 and m",
    ...place,
    parts: [
      { kind: "test", text: "a = 1", ...place, terms: ["a"] },
      {
        kind: "macro",
        name: "m",
        text: "m",
        ...place,
        parts: [{ kind: "test", text: "b = 2", ...place, terms: ["b", "a"] }],
      },
    ],
  });
  const values = new Map([
    ["a", "1"],
    ["b", '"x"'],
  ]);
  const digits = [
    markDigit(false, true, true),
    markDigit(true, true, false),
    markDigit(false, true, true),
    markDigit(false, false, true),
  ].join("");
  expect(explanationOf(plan, marksText(digits, values))).toEqual({
    kind: "and",
    text: "a = 1 and m",
    ...place,
    verdict: false,
    holds: false,
    decided: true,
    parts: [
      { kind: "test", text: "a = 1", ...place, verdict: true, holds: true, decided: false, values: { a: 1 } },
      {
        kind: "macro",
        name: "m",
        text: "m",
        ...place,
        verdict: false,
        holds: false,
        decided: true,
        parts: [
          {
            kind: "test",
            text: "b = 2",
            ...place,
            verdict: null,
            holds: false,
            decided: true,
            values: { b: "x", a: 1 },
          },
        ],
      },
    ],
  });
  expect(explanationOf(plan, marksText("777", values))).toBeUndefined();
  expect(explanationOf(plan, marksText("77777", values))).toBeUndefined();
});
