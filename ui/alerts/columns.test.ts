import { expect, it } from "vitest";
import { columnsIn, columnsText, MAX_COLUMNS, MAX_WIDTH, MIN_WIDTH, tracksOf } from "./columns.ts";

it.each([
  [[{ name: "time" }]],
  [[{ name: "rule", width: 240 }, { name: "proc.cmdline" }]],
  [[{ name: "k8s.pod.label[a,b:c%]", width: 90 }, { name: "time" }]],
])("columns are read as they were written: %j", (columns) => {
  expect(columnsIn(columnsText(columns))).toEqual(columns);
});

it.each([
  ["", "empty"],
  [",", "without names"],
  ["time,time", "a column twice"],
  ["time:-5", "a negative width"],
  ["nothing", "an unknown column"],
  ["__proto__", "a name of JavaScript"],
  ["<b>x</b>", "markup"],
  ["proc.name;x", "a name that no field can have"],
  ["%zz", "a damaged escape"],
  [`proc.${"x".repeat(200)}`, "a long name"],
  [Array.from({ length: MAX_COLUMNS + 1 }, (_, i) => `a.b${i}`).join(","), "too many columns"],
  ["proc.name,".repeat(1000), "a long text"],
])("%s is rejected: %s", (text) => {
  expect(columnsIn(text)).toBeUndefined();
});

it("widths are limited", () => {
  expect(columnsIn("time:1,rule:9999")).toEqual([
    { name: "time", width: MIN_WIDTH },
    { name: "rule", width: MAX_WIDTH },
  ]);
});

it.each([
  ["wide", "46px minmax(9rem, 11.7rem) minmax(8rem, 1fr) minmax(40px, 900px) minmax(4rem, 14rem)"],
  ["tight", "46px minmax(9rem, 9.8rem) minmax(8rem, 1fr) minmax(40px, 900px) minmax(4rem, 10rem)"],
  [
    "narrow",
    "46px minmax(min(7rem, 18%), 9.8rem) minmax(min(3rem, 12.5%), 1fr) minmax(min(3rem, 12.5%), 900px) minmax(min(3rem, 12.5%), 10rem)",
  ],
] as const)("every column of a %s list can shrink", (list, tracks) => {
  const columns = [{ name: "time" }, { name: "output" }, { name: "fd.name", width: 900 }, { name: "proc.name" }];
  expect(tracksOf(columns, list)).toBe(tracks);
});
