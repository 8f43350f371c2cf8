import { expect, test } from "vitest";
import { aboutFields } from "../../../alert/about.ts";
import { factsOf } from "../../alert-facts.ts";
import { alertAbout } from "../../receiver.fixture.ts";
import { LONGEST_KEY, ODD_WORDS, searchKeys } from "./search-keys.ts";

function keysOf(fields: Readonly<Record<string, unknown>>) {
  const names = Object.keys(fields);
  const values = names.map((name) => JSON.stringify(fields[name]));
  return searchKeys(factsOf(alertAbout("Read It", { parts: { hostname: "h", output: "", names, values } })));
}

test("each field and each member of a list is a key; missing fields have no key", () => {
  expect(
    keysOf({ "proc.name": "sh", "proc.pid": 7, "a.list": ["x", 1], "an.object": { a: 1 }, "no.value": null }),
  ).toEqual({
    fields: ["proc.name=sh", "proc.pid=7", "a.list=x", "a.list=1", 'an.object={"a":1}'],
    names: ["proc.name", "proc.pid", "a.list", "an.object"],
    odd: ["a.list", "an.object"],
    words: ["a", "shell", "read", "it", "sh", "7", "x", "1"],
    group: "proc.name=sh\nA shell",
  });
});

test("fields with values that are too long for a term are listed by name instead", () => {
  const { fields, odd, names } = keysOf({ "proc.cmdline": "x".repeat(LONGEST_KEY) });
  expect([fields, odd, names]).toEqual([[], ["proc.cmdline", ODD_WORDS], ["proc.cmdline"]]);
});

test("alerts are grouped by app; without an app, by container; without a container, by program", () => {
  const all = { "cf.app.name": "shop", "container.name": "web", "proc.name": "sh" };
  expect(keysOf(all).group).toBe("cf.app.name=shop\nA shell");
  expect(keysOf({ ...all, "cf.app.name": null }).group).toBe("container.name=web\nA shell");
  expect(keysOf({ ...all, "cf.app.name": null, "container.name": "host" }).group).toBe("proc.name=sh\nA shell");
  expect(keysOf({}).group).toBe("\nA shell");
});

test("Elasticsearch and the journal group by the same fields, in the same order", () => {
  expect(aboutFields).toEqual(["cf.app.name", "marathon.app.id", "mesos.task.name", "container.name", "proc.name"]);
});
