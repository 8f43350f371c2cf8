import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { defaultAlertOptions } from "../../alert/alert.ts";
import { entry, newJournal } from "../../journal/alerts.fixture.ts";
import { openWriter } from "../../journal/write.ts";
import { delivered, type Output } from "../output.ts";
import { Dispatcher } from "./dispatcher.ts";
import { journalSource } from "./journal-source.ts";

const ALERTS = 1_000_000;
/** Number of alerts that the output accepts in this test. */
const TAKEN = 300_000;
const MB = 1e6;

/** A journal with a million copies of one alert. */
function fullJournal(): string {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append([entry(1)]);
  writer.close();
  const db = new DatabaseSync(file);
  const columns = db
    .prepare("PRAGMA table_info(alert)")
    .all()
    .map(({ name }) => `"${name}"`)
    .filter((name) => name !== '"seq"' && name !== '"checksum"') // rows without a checksum are valid
    .join(", ");
  db.exec(`PRAGMA synchronous = OFF; DROP INDEX alert_rule;
    WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${ALERTS})
    INSERT INTO alert (seq, ${columns}) SELECT i, ${columns} FROM n, alert WHERE seq = 1;
    CREATE INDEX alert_rule ON alert (rule, time)`);
  db.close();
  return file;
}

/** Heap in use after garbage collection, in MB. */
function inUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed / MB;
}

function output(name: string, deliver: Output["deliver"]): Output {
  return { name, remote: true, deliver, reopen() {}, async close() {} };
}

test("a backlog of a million alerts is not kept in memory, and another output delivers its alerts", {
  timeout: 120_000,
}, async () => {
  const file = fullJournal();
  let taken = 0;
  const memory: number[] = [];
  const { promise: enough, resolve: goOn } = Promise.withResolvers<void>();
  const source = journalSource(file, defaultAlertOptions);
  const dispatcher = new Dispatcher(
    [
      output("dead", () => new Promise(() => {})),
      output("down", async () => ({ outcome: "retry", reason: "down" })),
      output("quick", async (batch) => {
        const before = Math.floor((10 * taken) / TAKEN);
        taken += batch.length;
        if (Math.floor((10 * taken) / TAKEN) > before) memory.push(inUse());
        if (taken >= TAKEN) await enough;
        return delivered;
      }),
    ],
    {
      journal: { source, newOutputs: "oldest", presentOnly: new Set(), record: async () => true },
      waitFor: "none",
      report() {},
      ended() {},
    },
  );
  dispatcher.opened(ALERTS);
  await expect.poll(() => taken, { timeout: 100_000, interval: 200 }).toBeGreaterThanOrEqual(TAKEN);
  expect(dispatcher.counts().slice(0, 2)).toMatchObject([
    { name: "dead", waiting: ALERTS },
    { name: "down", waiting: ALERTS },
  ]);
  expect(memory).toHaveLength(10);
  const [first = 0, ...rest] = memory;
  expect(Math.max(...rest) - first).toBeLessThan(15);
  goOn();
  await dispatcher.close();
  source.close();
});
