import { expect, test, vi } from "vitest";
import { noDeliveries } from "../../journal/output-status.ts";
import { alertWith } from "../alert.fixture.ts";
import { delivered, type Output } from "../output.ts";
import type { AlertSource, StoredAlert } from "./alert-source.ts";
import { gather } from "./gather.ts";
import { OutputQueue } from "./queue.ts";

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";

/** An in-memory journal with these sequence numbers. Every `nth` alert has priority Error, the others have Warning. */
function journalOf(seqs: readonly number[], nth: number): AlertSource & { seqs: number[] } {
  const journal = {
    seqs: [...seqs],
    read: (after: number, limit: number): StoredAlert[] =>
      journal.seqs
        .filter((seq) => seq > after)
        .slice(0, limit)
        .map((seq) => ({ ...alertWith(`${seq}`, seq % nth === 0 ? "Error" : "Warning"), id: ID, seq })),
    last: () => journal.seqs.at(-1) ?? 0,
  };
  return journal;
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);
const errors = (alert: { priority: string }): boolean => alert.priority === "Error";

test("alerts for an output are gathered, regardless of the number of other alerts between them", async () => {
  const { alerts, reached, end } = await gather(journalOf(upTo(5000), 1500), 0, 1000, errors, () => {});
  expect(alerts.map(({ seq }) => seq)).toEqual([1500, 3000, 4500]);
  expect(reached).toEqual([1500, 3000, 5000]);
  expect(end).toBe(5000);
});

test("an alert is gathered even if it follows pages that are shorter than requested", async () => {
  const journal = journalOf(upTo(5), 5);
  const short: AlertSource = { ...journal, read: (after, limit) => journal.read(after, Math.min(limit, 2)) };
  const { alerts, end } = await gather(short, 0, 1000, errors, () => {});
  expect(alerts.map(({ seq }) => seq)).toEqual([5]);
  expect(end).toBe(5);
});

test("at most the requested number of alerts is gathered, with the position of each", async () => {
  const { alerts, reached } = await gather(journalOf(upTo(5000), 10), 0, 3, errors, () => {});
  expect(alerts.map(({ seq }) => seq)).toEqual([10, 20, 30]);
  expect(reached).toEqual([10, 20, 30]);
});

test("alerts that were deleted from the journal are reported", async () => {
  const missed: (readonly [number, number])[] = [];
  const journal = journalOf([11, 12, 13, 17], 1);
  const { end } = await gather(journal, 4, 10, errors, (ranges) => missed.push(...ranges));
  expect([missed, end]).toEqual([
    [
      [4, 10],
      [13, 16],
    ],
    17,
  ]);
});

test("an output with an interval gets the alerts of an interval in one batch, and the rest when it is stopped", async () => {
  const given: string[][] = [];
  const output: Output = {
    name: "test",
    interval: 3_600_000,
    wants: errors,
    async deliver(batch) {
      given.push(batch.map(({ text }) => text));
      return delivered;
    },
    reopen() {},
    async close() {},
  };
  const journal = journalOf(upTo(2000), 1000);
  const silent = {
    failing() {},
    warning() {},
    recovered() {},
    rejected() {},
    lost() {},
    async deadLetters() {},
    ended() {},
  };
  const queue = new OutputQueue(output, silent, { source: journal });
  queue.begin(0, noDeliveries);
  await expect.poll(() => queue.progress()?.seq).toBe(2000);
  expect(given).toEqual([["1000", "2000"]]);
  journal.seqs.push(...Array.from({ length: 2500 }, (_, i) => 2001 + i));
  queue.wake();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(given).toHaveLength(1);
  expect(queue.counts()).toMatchObject({ delivered: 2, waiting: 2500, interval: 3_600_000 });
  expect(await queue.stop(5000)).toEqual([]);
  expect(given).toEqual([
    ["1000", "2000"],
    ["3000", "4000"],
  ]);
  expect(queue.record()?.seq).toBe(4500);
});

test("each damaged alert counts as lost once, and does not prevent the delivery of others", async () => {
  const alert = (seq: number): StoredAlert => ({ ...alertWith(`${seq}`, "Error"), id: ID, seq });
  for (const interval of [undefined, 10]) {
    const got: string[] = [];
    const lost: [number, string][] = [];
    const source: AlertSource = {
      // 1, 4 and 6 are damaged; 3 was deleted
      page(after, limit) {
        const alerts = [2, 5]
          .filter((seq) => seq > after)
          .slice(0, limit)
          .map(alert);
        const reached = alerts.length === limit ? (alerts.at(-1)?.seq ?? 6) : 6;
        const damaged = [1, 4, 6].filter((seq) => seq > after && seq <= reached);
        return { alerts, reached, damaged, isLast: reached === 6 };
      },
      read: (after, limit) =>
        [2, 5]
          .filter((seq) => seq > after)
          .slice(0, limit)
          .map(alert),
      last: () => 6,
    };
    const output: Output = {
      name: "http",
      remote: true,
      ...(interval !== undefined && { interval }),
      deliver: async (alerts) => {
        got.push(...alerts.map(({ message }) => message));
        return delivered;
      },
      reopen: () => {},
      close: async () => {},
    };
    const listener = {
      ...{ failing: () => {}, warning: () => {}, recovered: () => {}, rejected: () => {}, ended: () => {} },
      lost: (alerts: number, reason: string) => void lost.push([alerts, reason]),
      deadLetters: async () => {},
    };
    const queue = new OutputQueue(output, listener, { source });
    queue.begin(0, noDeliveries);
    await vi.waitFor(() => expect(queue.record()?.seq).toBe(6));
    expect(got).toEqual(["2", "5"]);
    expect(lost.filter(([, reason]) => reason === "damaged in the journal").reduce((sum, [n]) => sum + n, 0)).toBe(3);
    expect(queue.counts().waiting).toBe(0);
    await queue.stop(0);
  }
});
