import { expect, test } from "vitest";
import { goTemplate } from "../../template/template.ts";
import type { Facts } from "../facts.ts";
import { alertValue } from "./alert-value.ts";
import { goErrors, goResults } from "./go-results.fixture.ts";

const facts: Facts = {
  id: "u-1",
  key: "u-1",
  isoTime: "2026-01-02T03:04:05.600000000Z",
  hostname: "host",
  alert: {
    rule: "Rule of é",
    priority: "Critical",
    source: "syscall",
    tags: ["a", "b", "c"],
    time: BigInt(Date.UTC(2026, 0, 2, 3, 4, 5, 600)) * 1_000_000n,
    message: "out",
    text: "10:00:00.1: Critical out",
    json: "{}",
  },
  fields: [
    { name: "flag", json: "true" },
    { name: "nested", json: '{"a":"b"}' },
    { name: "nil", json: "null" },
    { name: "proc.pid", json: "12" },
    { name: "user.name", json: '"root"' },
  ],
};

test.each(goResults)("%s prints what Go prints", (template, printed) => {
  expect(goTemplate(template).execute(alertValue(facts))).toBe(printed);
});

test.each(goErrors)("%s fails as in Go", (template) => {
  expect(() => goTemplate(template).execute(alertValue(facts))).toThrow();
});

test("the length of a method's result is limited", () => {
  const november = { ...facts, alert: { ...facts.alert, time: BigInt(Date.UTC(2026, 10, 11)) * 1_000_000n } };
  const template = goTemplate('{{ $x := "1" }}{{ range 40 }}{{ $x = $.Time.Format $x }}{{ end }}{{ len $x }}');
  expect(() => template.execute(alertValue(november))).toThrow("a string exceeds 65536 characters");
});

test("a field of a missing field has no value", () => {
  expect(goTemplate("{{ .OutputFields.absent.name }}").execute(alertValue(facts))).toBe("<no value>");
});

test("a priority equals its name and its number, and a number equals the string with its digits", () => {
  const template = `{{ eq .Priority "Critical" }} {{ ge .Priority 5 }} {{ eq (index .OutputFields "proc.pid") 12 }}`;
  expect(goTemplate(template).execute(alertValue(facts))).toBe("true true true");
});
