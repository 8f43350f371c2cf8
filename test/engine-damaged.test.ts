import { expect, test } from "vitest";
import { defaultRules, readyRules } from "../src/agent/load/ready-rules.ts";
import { readSettings } from "../src/cli/settings.ts";
import { Machine } from "../src/machine/machine.ts";
import { Observed } from "../src/machine/observed.ts";
import { fuzz, type Victim } from "./damaged/fuzz.ts";
import { seeded } from "./damaged/random.ts";
import { oldCapture, presentCapture } from "./damaged/samples.ts";

const { config } = await readSettings({});
const { ruleset, raise } = await readyRules(defaultRules, config, "all", "damaged");
let alerts = 0;

/** Returns a victim that evaluates events: state, rules, and alerts of matches. */
function engine(): Victim {
  const machine = new Machine();
  const observed = new Observed(machine);
  return {
    sink: machine,
    event(event) {
      observed.place(event.bytes, event.view, event.at, event.cpu, event.lengthSize);
      observed.num = event.num;
      machine.observe(observed);
      if (ruleset.wanted[observed.type] === 1) {
        for (const rule of ruleset.match(observed)) {
          const alert = raise(rule, observed);
          JSON.parse(alert.json);
          if (alert.text.includes("\n")) throw new Error("an alert is more than a line");
          alerts++;
        }
      }
      machine.settle(observed);
    },
  };
}

test("damaged captures are evaluated to the end", { timeout: 180_000 }, () => {
  const before = process.memoryUsage().heapUsed;
  const captures = [presentCapture(seeded(21), 1500), oldCapture(seeded(22), 1500)];
  const result = fuzz(captures, 10_000, 40_000, engine);
  expect(result.captures).toBe(10_000);
  // Some damaged events have to be evaluated and raise alerts.
  expect(result.events).toBeGreaterThan(50_000);
  expect(alerts).toBeGreaterThan(0);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(300e6);
});
