import { expect, it } from "vitest";
import { report } from "../agent/load/report.ts";

const text = "- rule: a\n\tcondition: x\n";
const files = [{ name: "a.yaml", text }];
const error = {
  code: "LOAD_ERR_VALIDATE",
  message: 'There is no macro "x"',
  file: "a.yaml",
  line: 2,
  column: 13,
  rule: "a",
} as const;

it("shows each problem once, with its line and a caret", () => {
  const results = [
    { file: "a.yaml", ok: false, errors: [error], warnings: [] },
    { file: "b.yaml", ok: false, errors: [error], warnings: [] },
  ];
  expect(report(results, files)).toBe(
    'a.yaml:2:13: error: There is no macro "x" (rule "a") [LOAD_ERR_VALIDATE]\n' +
      "  2 | \tcondition: x\n    | \t           ^\n" +
      "a.yaml: invalid, 1 error\nb.yaml: invalid, 1 error\n",
  );
});

it("sorts errors and warnings together by line", () => {
  const warning = { code: "LOAD_UNKNOWN_ITEM", message: "unknown", file: "a.yaml", line: 1, column: 3 } as const;
  const shown = report([{ file: "a.yaml", ok: false, errors: [error], warnings: [warning] }], files);
  expect(shown.indexOf("warning")).toBeLessThan(shown.indexOf("error"));
});

it("shows no line that may contain a secret, according to its own key or a parent key", () => {
  const yaml = "- a: 1\n  secrets: T0P\n  password: |\n    T0P\n    T0P\n  b: 2\n";
  const shown = (line: number, code: "LOAD_ERR_YAML_PARSE" | "LOAD_ERR_VALIDATE" = "LOAD_ERR_YAML_PARSE"): string =>
    report(
      [{ file: "r.yaml", ok: false, errors: [{ ...error, code, file: "r.yaml", line, column: 3 }], warnings: [] }],
      [{ name: "r.yaml", text: yaml }],
      new Set(code === "LOAD_ERR_VALIDATE" ? ["r.yaml"] : []),
    );
  for (const line of [2, 4, 5]) expect(shown(line)).not.toContain("T0P");
  expect(shown(6)).toContain("6 |   b: 2");
  expect(shown(6, "LOAD_ERR_VALIDATE")).not.toContain("|");
});
