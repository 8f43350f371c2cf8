import { expect, test } from "vitest";
import { type Alert, defaultAlertOptions } from "../../alert/alert.ts";
import { entry, newJournal, reading } from "../../journal/alerts.fixture.ts";
import { amend } from "../../journal/amendment.ts";
import { openReader } from "../../journal/read.ts";
import { openWriter } from "../../journal/write.ts";
import { type Delivery, delivered, type Output } from "../output.ts";
import { type ResendSelection, resendDeadLetters } from "./resend.ts";

const ALERTS = 250;

/** A journal in which one output rejected every alert, and another output rejected the first alert. */
function prepare(): string {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append(Array.from({ length: ALERTS }, (_, i) => entry(i + 1)));
  const letters = Array.from({ length: ALERTS }, (_, i) => ({ output: "http", seq: i + 1, time: 1, reason: "no" }));
  writer.saveProgress({ outputs: [], dead: [...letters, { output: "other", seq: 1, time: 1, reason: "no" }] });
  writer.close();
  return file;
}

/** Resends dead letters to an output with the given responses. */
async function resend(file: string, answer: (pids: readonly number[]) => Delivery, selection?: ResendSelection) {
  const batches: number[][] = [];
  const output: Output = {
    name: "http",
    async deliver(batch: readonly Alert[]) {
      const pids = batch.map(({ json }) => Number(JSON.parse(json).output_fields["proc.pid"]));
      batches.push(pids);
      return answer(pids);
    },
    reopen() {},
    async close() {},
  };
  const [reader, journal] = [openReader(file), amend(file)];
  if (reader === undefined) throw new Error(`there is no journal at ${file}`);
  const outcome = await resendDeadLetters(output, reader, journal, defaultAlertOptions, selection);
  reader.close();
  journal.close();
  return { outcome, batches, left: reading(file, (reader) => reader.deadCounts()) };
}

test("all dead letters of the output are sent in batches, oldest first, and deleted", async () => {
  const { outcome, batches, left } = await resend(prepare(), () => delivered);
  expect(outcome).toEqual({ taken: ALERTS, left: 0 });
  expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(batches.flat()).toEqual(Array.from({ length: ALERTS }, (_, i) => i + 1));
  expect(left).toEqual(new Map([["other", 1]]));
});

test("dead letters that are not accepted are kept, and the first reason is returned", async () => {
  let batch = 0;
  const { outcome, left } = await resend(prepare(), () =>
    ++batch === 2 ? { outcome: "rejected", reason: "status 400" } : delivered,
  );
  expect(outcome).toEqual({ taken: 150, left: 100, reason: "status 400" });
  expect(left.get("http")).toBe(100);
});

test("a single dead letter can be sent; an alert without a dead letter is not sent", async () => {
  const file = prepare();
  const one = await resend(file, () => delivered, { only: 7 });
  expect([one.outcome, one.batches, one.left.get("http")]).toEqual([{ taken: 1, left: 0 }, [[7]], ALERTS - 1]);
  const again = await resend(file, () => delivered, { only: 7 });
  expect([again.outcome, again.batches]).toEqual([{ taken: 0, left: 0 }, []]);
});

test("after the deadline, no batch is sent, and the outcome contains the position to continue from", async () => {
  const file = prepare();
  const part = await resend(file, () => delivered, { after: 100, deadline: 0 });
  expect([part.outcome, part.batches]).toEqual([{ taken: 0, left: 0, next: 100 }, []]);
  const rest = await resend(file, () => delivered, { after: 100 });
  expect(rest.outcome).toEqual({ taken: 150, left: 0 });
  expect(rest.batches[0]?.[0]).toBe(101);
  expect(rest.left.get("http")).toBe(100);
});
