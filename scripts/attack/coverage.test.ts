import { describe, expect, test } from "vitest";
import { REASONS, SHOWN_BY } from "../../src/api/attack/reasons.ts";
import { attack } from "../../src/api/attack/techniques.ts";
import { coverage } from "./coverage.ts";

const known = new Set(attack.techniques.map(({ id }) => id));

describe("coverage of MITRE ATT&CK", () => {
  test.each(coverage().map((each) => [each.technique.id, each.technique.name, each] as const))(
    "%s (%s) has a default rule, or a reason why not",
    (_id, _name, { rules, why }) => {
      expect(rules.length > 0 || why !== undefined).toBe(true);
    },
  );

  test("reasons name each technique once, and only techniques for Linux and Containers", () => {
    const named = [...REASONS.flatMap(({ techniques }) => techniques), ...Object.keys(SHOWN_BY)];
    expect(named.filter((id, n) => !known.has(id) || named.indexOf(id) !== n)).toEqual([]);
  });
});
