import { expect, test } from "vitest";
import { alertWith } from "../alert.fixture.ts";
import type { Output } from "../output.ts";
import type { AlertPage, AlertSource, StoredAlert } from "./alert-source.ts";
import { Backlog } from "./backlog.ts";

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";

/** A journal with alerts up to `newest`, which counts how often it is read. */
class Journal implements AlertSource {
  newest: number;
  reads = 0;
  constructor(newest: number) {
    this.newest = newest;
  }
  page(after: number, limit: number): AlertPage {
    this.reads++;
    const alerts = this.read(after, limit);
    const reached = alerts.at(-1)?.seq ?? after;
    return { alerts, reached, damaged: [], isLast: alerts.length < limit };
  }
  read(after: number, limit: number): StoredAlert[] {
    const length = Math.max(0, Math.min(limit, this.newest - after));
    return Array.from({ length }, (_, i) => ({ ...alertWith("a", "Error"), id: ID, seq: after + i + 1 }));
  }
  last(): number {
    return this.newest;
  }
}

function opened(newest: number): { journal: Journal; backlog: Backlog } {
  const journal = new Journal(newest);
  const output: Output = { name: "http", deliver: () => Promise.reject(), reopen() {}, async close() {} };
  const backlog = new Backlog(output, journal);
  backlog.seq = 0;
  backlog.wake();
  return { journal, backlog };
}

/** Reads the next batch, and acknowledges the first `done` alerts; by default all of them. */
function take(backlog: Backlog, size: number, done = size): (number | undefined)[] {
  const batch = backlog.next(size);
  if (batch !== undefined) backlog.acknowledge(batch, Math.min(done, batch.alerts.length));
  return [...(batch?.reached ?? [])];
}

test("after the newest alert is acknowledged, the journal is not read until there is a new one", () => {
  const { journal, backlog } = opened(3);
  expect([take(backlog, 10), take(backlog, 10)]).toEqual([[1, 2, 3], []]);
  expect(journal.reads).toBe(1);
  journal.newest = 4;
  backlog.wake();
  expect([take(backlog, 10), take(backlog, 10)]).toEqual([[4], []]);
  expect(journal.reads).toBe(2);
});

test("an alert that is written while the newest one is delivered is read", () => {
  const { journal, backlog } = opened(1);
  const batch = backlog.next(10);
  journal.newest = 2;
  backlog.wake();
  backlog.acknowledge(batch!, 1);
  expect(take(backlog, 10)).toEqual([2]);
});

test("alerts that were not acknowledged are read again", () => {
  const { backlog } = opened(4);
  expect([take(backlog, 10, 3), take(backlog, 10, 0), take(backlog, 10), take(backlog, 10)]).toEqual([
    [1, 2, 3, 4],
    [4],
    [4],
    [],
  ]);
});

test("a full page is followed by another read", () => {
  const { backlog } = opened(4);
  expect([take(backlog, 2), take(backlog, 2), take(backlog, 2)]).toEqual([[1, 2], [3, 4], []]);
});

test("alerts in memory that follow the newest alert are delivered after it", () => {
  const { journal, backlog } = opened(2);
  backlog.buffered = [{ alert: alertWith("b", "Error"), after: 2 }];
  expect([take(backlog, 10), take(backlog, 10)]).toEqual([[1, 2], [undefined]]);
  journal.newest = 3;
  backlog.wake();
  expect(take(backlog, 10)).toEqual([3]);
});
