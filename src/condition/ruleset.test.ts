import { expect, test } from "vitest";
import { EventCode } from "../event/code.ts";
import { vocabulary } from "../field/catalogue.ts";
import type { Observed } from "../machine/observed.ts";
import { bind } from "./bind.ts";
import { parse } from "./parse.ts";
import { resolve } from "./resolve.ts";
import { compileRuleset } from "./ruleset.ts";

test("an event is compared with few of 10,000 rules on other program names", () => {
  const words = vocabulary();
  const none = new Map<string, never>();
  const code = EventCode.EXECVE_19_X;
  const codes = new Set([code]);
  const conditions = Array.from({ length: 10_000 }, (_, i) => {
    const { condition } = bind(
      resolve(parse(`proc.name = a${i} and not proc.name contains ${i}b`), none, none).condition,
      words,
    );
    return { condition, codes };
  });
  const match = compileRuleset(conditions, { match: "all", eventName: () => "execve" });
  let reads = 0;
  const event = (comm: string) =>
    ({
      type: code,
      get thread() {
        reads++;
        return { comm };
      },
    }) as unknown as Observed; // the fields do not read anything else
  expect(match(event("none"))).toEqual([]);
  expect(reads).toBeLessThan(100);
  expect([...match(event("a77")), ...match(event("a9999"))]).toEqual([77, 9999]);
  expect(reads).toBeLessThan(300);
});
