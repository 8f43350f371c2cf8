import { afterAll, expect, test } from "vitest";
import type { LineageProcess } from "../../../alert/background.ts";
import type { Entry } from "../../../alert/entry.ts";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { everything } from "../../filter/filter.ts";
import { journalStore } from "./journal-store.ts";

const START = 1_795_573_542_000_000_000n;
const SECOND = 1_000_000_000n;
const process = (pid: number, name: string): LineageProcess => ({
  ...{ pid, began: START + BigInt(pid) * SECOND, name, cmdline: name, exepath: `/bin/${name}`, account: "root" },
});
const [init, sshd, shell] = [process(1, "init"), process(10, "sshd"), process(20, "sh")];

let count = 0;
/** An alert of a process. @param second time of the alert, in seconds after the start */
function alertOf(second: number, ...lineage: readonly LineageProcess[]): Entry {
  count++;
  return { ...entry(count), time: START + BigInt(second) * SECOND, background: { lineage } };
}

const file = newJournal();
const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
const many = Array.from({ length: 120 }, (_, i) => alertOf(40 + (i % 3), process(50, "loop"), shell, sshd, init));
writer.append([
  alertOf(30, process(30, "cat"), shell, sshd, init),
  alertOf(31, process(31, "curl"), shell, sshd, init), // a sibling
  alertOf(32, process(32, "nc"), process(25, "sh"), sshd, init), // a descendant of the same grandparent
  alertOf(33, process(33, "cron"), init), // only init in common
  ...many,
  alertOf(9000, process(34, "late"), shell, sshd, init), // more than an hour later
]);
const store = journalStore(file);
afterAll(() => {
  store.close();
  writer.close();
});
const { alerts: all } = await store.list(everything, { limit: 200, order: "oldest" });

test("an incident includes alerts of siblings and of other descendants of ancestors, except descendants of init", async () => {
  const { processes, alerts, more } = await store.incident(all[0]!.id);
  const names = new Set(alerts.map(({ process: at }) => processes[at ?? -1]?.name));
  expect(names).toEqual(new Set(["cat", "curl", "nc", "loop"]));
  const parents = processes.map(({ name, parent }) => [name, parent === undefined ? "" : processes[parent]?.name]);
  expect(parents).toContainEqual(["curl", "sh"]);
  expect(parents).toContainEqual(["sh", "sshd"]);
  expect(parents).toContainEqual(["sshd", "init"]);
  expect(alerts.find(({ id }) => id === all[0]!.id)?.relation).toBeUndefined();
  expect(alerts.find(({ id }) => id === all[1]!.id)?.relation).toBe("lineage");
  // The number of alerts of a process exceeds the maximum per process.
  expect([alerts.length, more]).toEqual([53, true]);
});

test("an unknown alert causes an error", async () => {
  await expect(store.incident("01890a5d-ac96-774b-bcce-b302099a8057")).rejects.toThrow("not found");
});
