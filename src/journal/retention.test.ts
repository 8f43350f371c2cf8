import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { parseQuery } from "../query/parse.ts";
import { entry, inventory, newJournal, reading } from "./alerts.fixture.ts";
import { openDurableWriter } from "./durable-writer.ts";

const DAY = 86_400_000;

function keep(writer: ReturnType<typeof openDurableWriter>, from: number, count: number): void {
  for (let i = 0; i < count; i += 200)
    writer.append(
      Array.from({ length: 200 }, (_, j) => entry(from + i + j, {}, { "k8s.pod.name": `pod-${from + i + j}` })),
    );
}

test("expired alerts are deleted with their index, and sequence numbers are not reused", () => {
  const file = newJournal();
  let clock = Date.now();
  const open = (maxAge: number) =>
    openDurableWriter(
      { file, limits: { maxAge, maxSize: 0 } },
      () => {},
      () => clock,
    );
  let writer = open(DAY);
  keep(writer, 0, 1000);
  expect(writer.enforceLimits(1e9)).toBe(false);
  expect(inventory(file).size).toBe(1000);
  expect(Math.abs((writer.counts().oldest ?? 0) - Date.now())).toBeLessThan(60_000);
  clock += 2 * DAY;
  writer.enforceLimits(1e9);
  expect(writer.counts()).toMatchObject({ dropped: 1000, oldest: undefined });
  expect(inventory(file).size).toBe(0);
  reading(file, (reader) => {
    expect([...reader.find(parseQuery(["cat"]), "newest")]).toEqual([]);
    expect(reader.count(undefined, "rule")).toEqual([]);
  });
  writer.close();
  writer = open(DAY);
  keep(writer, 1000, 200);
  writer.close();
  expect(Math.min(...inventory(file).keys())).toBe(1001);
});

test("the size limit deletes the oldest alerts", () => {
  const file = newJournal();
  const maxSize = 3_000_000;
  const writer = openDurableWriter({ file, limits: { maxAge: 0, maxSize } }, () => {});
  for (let round = 0; round < 30; round++) {
    keep(writer, round * 1000, 1000);
    writer.enforceLimits(1e9);
  }
  expect(writer.counts().size).toBeLessThanOrEqual(maxSize);
  writer.close();
  expect(statSync(file).size).toBeLessThan(maxSize * 1.2);
  const seqs = [...inventory(file).keys()];
  expect(seqs.length).toBeGreaterThan(2000);
  expect(seqs).toEqual(seqs.map((_, i) => 30_000 - seqs.length + 1 + i));
  const pods = reading(file, (reader) => [...reader.find(parseQuery(["pod=pod-29999"]), "newest")].length);
  expect(pods).toBe(1);

  const db = new DatabaseSync(file, { readOnly: true });
  const words = Number(db.prepare("SELECT count(*) c FROM word WHERE kind = 'pod'").get()?.c);
  db.close();
  expect(words).toBe(seqs.length); // names of deleted pods are removed
});
