import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { aboutOf } from "../alert/about.ts";
import { type Entry, plainValue } from "../alert/entry.ts";
import { groupKey } from "../alert/group-key.ts";
import { scopeOf } from "../alert/scope.ts";
import { entry, newJournal, recoverInto } from "./alerts.fixture.ts";
import { openWriter } from "./write.ts";

const unlimited = { maxAge: 0, maxSize: 0 };

/** The stored scope of a request that is made from an alert. */
const scopeText = (alert: Entry): string =>
  JSON.stringify(scopeOf(alert, (name) => plainValue(alert.values[alert.names.indexOf(name)])));

/** Adds a change of the group of an alert, as the web UI does. */
function change(file: string, of: Entry, action: string, value = "", scope = scopeText(of)): void {
  const db = new DatabaseSync(file);
  const about = aboutOf(of);
  db.prepare(`INSERT INTO group_change (key, rule, field, subject, time, who, action, value, text, scope)
    VALUES (?, ?, ?, ?, ?, 'vera', ?, ?, 'Planned', ?)`).run(
    groupKey(of.rule, about),
    of.rule,
    about?.field ?? "",
    about?.value ?? "",
    Date.now(),
    action,
    value,
    scope,
  );
  db.close();
}

function closed(file: string): unknown[] {
  const db = new DatabaseSync(file);
  const rows = db.prepare("SELECT seq FROM triage WHERE state = 'closed' ORDER BY seq").all();
  db.close();
  return rows.map(({ seq }) => seq);
}

test("new alerts of a group are closed while a request for the group applies", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  const shell = (number: number): Entry => entry(number, { rule: "Shell in a container" });
  writer.append([entry(1)]);
  change(file, entry(1), "auto_close");
  writer.append([entry(2), shell(3), entry(4, {}, { "proc.name": "tail" })]);
  writer.append([entry(5)]);
  change(file, entry(1), "end_auto_close");
  change(file, shell(3), "auto_close", new Date(Date.now() - 1000).toISOString());
  writer.append([entry(6), shell(7)]);
  writer.close();
  expect(closed(file)).toEqual([2, 5]);
  const again = openWriter(file, unlimited);
  change(file, shell(3), "auto_close", new Date(Date.now() + 60_000).toISOString());
  again.append([entry(8), shell(9)]);
  again.close();
  expect(closed(file)).toEqual([2, 5, 9]);
});

test("alerts that were closed automatically are not protected when space is needed", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  writer.append([entry(1)]);
  change(file, entry(1), "auto_close");
  writer.append(Array.from({ length: 500 }, (_, i) => entry(i + 2)));
  while (writer.makeRoom() > 0);
  expect(writer.retention.alerts).toBe(0);
  writer.close();
  expect(closed(file)).toEqual([]);
});

test("recovery preserves the triage of groups", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  writer.append([entry(1)]);
  writer.close();
  change(file, entry(1), "auto_close");
  const other = newJournal();
  const recovered = openWriter(other, unlimited);
  recoverInto(recovered, file);
  recovered.append([entry(2)]);
  recovered.close();
  expect(closed(other)).toEqual([2]);
});

test("recovery does not close old alerts, and keeps the triage of users", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  writer.append([entry(1), entry(2)]);
  writer.close();
  const db = new DatabaseSync(file);
  db.exec("INSERT INTO triage VALUES (1, 'acknowledged', 'alice', 1)");
  db.close();
  change(file, entry(1), "auto_close");
  const other = newJournal();
  const recovered = openWriter(other, unlimited);
  change(other, entry(1), "auto_close");
  recovered.reserve(10);
  recovered.append([entry(3, { rule: "Another" })]); // reads the requests
  expect(recoverInto(recovered, file)).toBe(2);
  recovered.close();
  expect(closed(other)).toEqual([]);
  const again = new DatabaseSync(other);
  expect(again.prepare("SELECT seq, state, assignee FROM triage").all()).toEqual([
    { seq: 1, state: "acknowledged", assignee: "alice" },
  ]);
  again.close();
});

test("a request covers only alerts of its machine, origin, namespace and image that are not more severe", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  const web = {
    ...{ "container.id": "0123456789ab", "container.name": "web", "container.image.repository": "acme/web" },
    "k8s.ns.name": "shop",
  };
  const alert = (changes: Partial<Entry> = {}, fields = {}): Entry => entry(1, changes, { ...web, ...fields });
  writer.append([alert()]);
  change(file, alert(), "auto_close");
  writer.append([
    alert({}, { "k8s.pod.name": "web-2", "container.id": "another" }), // 2
    alert({ priority: "Notice" }),
    alert({ priority: "Critical" }),
    alert({ hostname: "node-2" }),
    alert({ received: true }), // 6
    alert({}, { "k8s.ns.name": "other" }),
    alert({}, { "k8s.ns.name": null }),
    alert({}, { "container.image.repository": "evil/web" }),
    alert({}, { "container.id": "host" }), // 10
  ]);
  writer.close();
  expect(closed(file)).toEqual([2, 3]);
});

test("a request without a valid scope, or for a group without a subject, closes nothing", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  const unknown = entry(1, {}, { "proc.name": null });
  change(file, entry(1), "auto_close", "", "");
  change(file, unknown, "auto_close");
  writer.append([entry(1), unknown]);
  change(file, entry(1), "auto_close", "", '{"hostname":"node-1"}');
  writer.append([entry(2)]);
  change(file, entry(1), "auto_close", "", "{");
  writer.append([entry(3)]);
  writer.close();
  expect(closed(file)).toEqual([]);
});
