import { expect, it } from "vitest";
import { cell } from "../cli/alert-export.ts";
import { csvLine, jsonLine } from "./export.ts";
import type { StoredAlert } from "./store/store.ts";

const alert = (rule: string): StoredAlert => ({
  ...{ id: "1", time: "2026-01-01T00:00:00Z", priority: "Warning", source: "syscall", hostname: "node-1", tags: [] },
  ...{ rule, output: "x", fields: {}, state: "open", comments: 0, responses: 0 },
});
const shown = (rule: string): string => csvLine(alert(rule)).split(",")[3] ?? "";

it.each(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1+1", "\uff20A1", " =1", "\t=1", "\r=1"])(
  "%j is not exported as a formula",
  (text) => {
    expect(shown(text).replace(/^"/, "")).toMatch(/^['\ufffd]/);
    expect(cell(text)).toMatch(/^"?['\\]/);
  },
);

it("numbers and texts other than formulas stay unchanged", () => {
  for (const text of ["-5", "12", "a=b", "http://x/?a=1"]) {
    expect(shown(text)).toBe(text);
    expect(cell(text)).toBe(text);
  }
});

it("an alert is exported as one line, regardless of the characters in the alert", () => {
  const hostile = alert('a\r\n"b",c\u2028\u202e\u001b[2J');
  for (const line of [csvLine(hostile).slice(0, -2), jsonLine(hostile).slice(0, -1)])
    expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
});
