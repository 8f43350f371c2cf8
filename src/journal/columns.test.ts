import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { columnFields } from "../field/roles.ts";
import { wordColumns } from "./columns.ts";
import { migrate } from "./schema.ts";

test("columns of the journal, their names in queries and their fields are stable", () => {
  expect(wordColumns.map(({ column, field, names }) => `${column}: ${field} (${names.join(", ")})`)).toEqual([
    "rule: undefined (rule)",
    "source: undefined (source)",
    "hostname: undefined (hostname, host)",
    "container_id: container.id (container.id)",
    "container_name: container.name (container.name, container)",
    "namespace: k8s.ns.name (k8s.ns.name, ns, namespace)",
    "pod: k8s.pod.name (k8s.pod.name, pod)",
    "cf_app: cf.app.name (cf.app.name, app)",
    "cf_space: cf.space.name (cf.space.name, space)",
    "mesos_task: mesos.task.name (mesos.task.name, task)",
    "marathon_app: marathon.app.id (marathon.app.id, marathon)",
    "process: proc.name (proc.name, proc)",
    "user: user.name (user.name, user)",
  ]);
});

test("every column in the field catalogue is in the table", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, "x");
  const there = db.prepare("SELECT name FROM pragma_table_info('alert')").all();
  const names = there.map(({ name }) => name);
  for (const [column, { field }] of columnFields) {
    expect(names, field).toContain(column);
    expect(wordColumns.some((one) => one.column === column)).toBe(true);
  }
});
