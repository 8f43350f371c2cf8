import { expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import { defaultsOf } from "../../setting/shape.ts";
import { factsOf } from "../alert-facts.ts";
import { eventJson } from "../facts.ts";
import { alertAbout } from "../receiver.fixture.ts";
import { alertChange } from "./change.ts";
import { type Additions, additionKeys } from "./keys.ts";

const none = defaultsOf(additionKeys);

function changed(additions: Partial<Additions>, alert: Alert = alertAbout("said")) {
  const event: unknown = JSON.parse(eventJson(factsOf(alertChange({ ...none, ...additions }).change(alert))));
  return event;
}

test("custom fields and tags are added; tags are sorted", () => {
  const event = changed({ customfields: { cluster: "a", "proc.name": "b" }, customtags: ["blue", "A"] });
  expect(event).toMatchObject({
    output_fields: { cluster: "a", "proc.name": "b", "proc.pid": 4711 },
    tags: ["A", "T1059", "blue", "mitre_execution"],
  });
});

test("templates of fields can use the fields of the alert, including custom fields", () => {
  const templatedfields = {
    place: '{{ .cluster }}/{{ index . "k8s.ns.name" }}',
    label: '{{ or (index . "k8s.ns.labels.foo") "bar" }}',
  };
  expect(changed({ customfields: { cluster: "a" }, templatedfields })).toMatchObject({
    output_fields: { place: "a/shop", label: "bar" },
  });
});

test("a field whose template fails is omitted, with one warning", () => {
  const change = alertChange({ ...none, templatedfields: { x: "{{ index . 0 0 }}", y: "z" } });
  for (let i = 0; i < 2; i++) {
    const { parts } = change.change(alertAbout("said"));
    expect(parts?.names).toContain("y");
    expect(parts?.names).not.toContain("x");
  }
  expect(change.warnings()).toEqual([
    "outputs.templatedfields.x fails: index of a missing value. Alerts for which the template fails do not contain the field",
  ]);
  expect(change.warnings()).toEqual([]);
});

test("the ID of an alert and its deduplication key are unchanged", () => {
  const alert: Alert = { ...alertAbout("said"), identity: "event 1" };
  const changed = alertChange({ ...none, customfields: { cluster: "a" } }).change(alert);
  expect(factsOf(changed)).toMatchObject({ id: factsOf(alert).id, key: factsOf(alert).key });
});

test("brackets in names of fields are replaced", () => {
  expect(changed({ bracketreplacer: "_" })).toMatchObject({ output_fields: { "proc.aname_2": "said" } });
  expect(changed({ bracketreplacer: "_" })).not.toHaveProperty(["output_fields", "proc.aname[2]"]);
});

test.each([
  ["<timestamp>: <priority> <output> <custom_fields>", "12:34:56.123456789: Warning said a=b c=d"],
  ["<output> (<tags>)", "said (T1059,mitre_execution)"],
  ["<output> (<templated_fields>)", "said"],
  ["<priority>|<unknown> <constructor>", "Warning|<unknown> <constructor>"],
])("the text in the format %s", (outputfieldformat, output) => {
  expect(changed({ outputfieldformat, customfields: { a: "b", c: "d" } })).toMatchObject({ output });
});

test("a text without time and priority is unchanged, for example in alerts from other installations", () => {
  const alert = { ...alertAbout("said"), text: "no time" };
  expect(changed({ outputfieldformat: "<output>!" }, alert)).toMatchObject({ output: "no time" });
});

test("placeholders in values of an alert are not replaced", () => {
  const event = changed({ outputfieldformat: "<output>", customtags: ["t"] }, alertAbout("<tags> $& $1"));
  expect(event).toMatchObject({ output: "<tags> $& $1" });
});

test("an alert with custom tags keeps its ID, so that receivers can deduplicate", () => {
  const alert = alertAbout("said");
  expect(changed({ customtags: ["t"] }, alert)).toMatchObject({ uuid: factsOf(alert).id });
});
