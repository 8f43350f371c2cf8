import { afterAll, expect, test } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { idText } from "../../../journal/id.ts";
import { openWriter } from "../../../journal/write.ts";
import { journalStore } from "./journal-store.ts";
import { MAX_CHANGES, openTriageWriter } from "./triage.ts";

const file = newJournal();
const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
writer.append([entry(0)]);
const store = journalStore(file);
afterAll(() => {
  store.close();
  writer.close();
});

test("state changes beyond the maximum per read are returned by the next reads, in order", async () => {
  const { number: start } = await store.changesAfter(-1);
  const triage = openTriageWriter(file);
  const COUNT = MAX_CHANGES + 10;
  for (let i = 0; i < COUNT; i++) triage.comment(1, `user-${i}`, "", i % 2 === 0 ? "acknowledged" : "open");
  triage.close();
  const users: string[] = [];
  let number = start;
  for (let read = 0; read < 2; read++) {
    const found = await store.changesAfter(number);
    number = found.number;
    users.push(...found.changes.map(({ user }) => user));
  }
  expect(users).toEqual(Array.from({ length: COUNT }, (_, i) => `user-${i}`));
  expect((await store.changesAfter(number)).changes).toEqual([]);
});

test("an alert can be acknowledged after retention has deleted the newest comment", async () => {
  const own = newJournal();
  const alerts = openWriter(own, { maxAge: 1000, maxSize: 0 });
  const reader = journalStore(own);
  const acknowledge = async (): Promise<unknown> => {
    const [id] = alerts.append([entry(1)]);
    const text = id === undefined ? "" : idText(id);
    await reader.setState(text, { state: "acknowledged", user: "ann", text: "" });
    return (await reader.alert(text))?.state;
  };
  expect(await acknowledge()).toBe("acknowledged");
  alerts.enforceLimits(Date.now() + 60_000, () => false);
  expect(alerts.reader().last()).toBe(0);
  expect(await acknowledge()).toBe("acknowledged");
  reader.close();
  alerts.close();
});
