import { expect, it } from "vitest";
import { openLog } from "./log.ts";

it("control characters and line breaks in messages are escaped or indented", () => {
  const said: string[] = [];
  const log = openLog("debug", [(_, sentence) => said.push(sentence)]);
  log({ level: "error", message: "It said: \u001b[2Jgone\r\u2028\n2026-01-01T00:00:00Z notice: All is well.\n" });
  log({ level: "error", message: "a.yaml:1:1: error\n\t1 | x\n" });
  expect(said).toEqual([
    "It said: \\x1b[2Jgone\\x0d\\u{2028}\n    2026-01-01T00:00:00Z notice: All is well.\n",
    "a.yaml:1:1: error\n    \t1 | x\n",
  ]);
});
