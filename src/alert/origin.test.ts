import { expect, test } from "vitest";
import { containerOf, processOf } from "./origin.ts";

const fieldsOf =
  (fields: Readonly<Record<string, string>>) =>
  (name: string): string =>
    fields[name] ?? "";

test.each([
  [
    { "proc.pid": "12", "proc.name": "sh" },
    { pid: 12, name: "sh" },
  ],
  [{ "proc.pid": "12" }, { pid: 12, name: "" }],
  [{ "proc.name": "sh" }, { pid: 0, name: "sh" }],
  [
    { "proc.pid": "-1", "proc.name": "sh" },
    { pid: 0, name: "sh" },
  ],
  [
    { "proc.pid": "1e400", "proc.name": "sh" },
    { pid: 0, name: "sh" },
  ],
  [{ "proc.pid": "{}", "proc.name": "" }, undefined],
  [{}, undefined],
])("the process of %j", (fields, process) => {
  expect(processOf(fieldsOf(fields))).toEqual(process);
});

test.each([
  [
    { "container.id": "0123", "container.name": "web" },
    { id: "0123", name: "web" },
  ],
  [{ "container.id": "0123" }, { id: "0123", name: "" }],
  [
    { "container.id": "host", "container.name": "host" },
    { id: "host", name: "host" },
  ],
  [{ "container.name": "web" }, undefined],
])("the container of %j", (fields, container) => {
  expect(containerOf(fieldsOf(fields))).toEqual(container);
});
