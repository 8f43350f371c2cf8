import { expect, test } from "vitest";
import type { JournalAlert } from "../alert/entry.ts";
import { alertLine } from "./alert-text.ts";

const alert = {
  ...{ seq: 1, time: 0n, priority: "Warning", rule: "File read" },
  message: "cat read the file /etc/a-file-with-a-long-name (pid=1)",
} as JournalAlert;
const text = "File read: cat read the file /etc/a-file-with-a-long-name (pid=1)";

test.each([
  [undefined, text],
  [200, text],
  [90, "File read: cat read the file /etc/a-file-with-a-lo…"],
  [20, "File read: cat read the file /etc/a-fil…"],
] as const)("in a terminal with %s columns, the line of an alert ends with: %s", (columns, end) => {
  expect(alertLine(alert, columns).slice("     1  1970-01-01 00:00:00  Warning   ".length)).toBe(`${end}\n`);
});
