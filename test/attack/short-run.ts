import { describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { type Attack, attacks } from "./attacks.ts";
import { withstood } from "./outcome.ts";

/** Duration of attacks that generate input, in minutes. Other attacks are shortened in proportion. */
const MINUTES = 0.05;

/** Tests a short run of each chosen attack. */
export function testShortRuns(isChosen: (attack: Attack) => boolean): void {
  describe.each(attacks.filter(isChosen).map((attack) => [attack.name, attack] as const))("%s", (_, attack) => {
    test("a short run causes no crash, no hang and no loss", needs(...attack.needs), async () => {
      const found: string[] = [];
      const extent = { minutes: MINUTES, seed: 1, isTest: true, report: (line: string) => found.push(line) };
      const outcome = await attack.run(extent);
      expect(withstood(outcome), `${JSON.stringify(outcome)}\n${found.join("\n")}`).toBe(true);
    });
  });
}
