import { expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { actionOf, noLimits, responsesOf, succeeds } from "../../../test/response/scene.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { priorities } from "../../rule/rule.ts";
import { openLimits } from "./limits.ts";
import { scopeOf } from "./scope.ts";

const shares = { workload: 0.5, subject: 0.5, reserve: 0.15 };
const rate = (most: number) => ({ most, window: 600_000 });

/** Random numbers from 0 to 1, determined by a seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

interface Raised {
  readonly alert: AlertRecord;
  readonly time: number;
}

it("with budgets of rules, of a namespace, of all actions and of calls, one container suppresses no action of another", async () => {
  const [kill, call] = [actionOf(succeeds), actionOf(succeeds, { name: "test:call", cooldown: 0 })];
  const responses = await responsesOf(
    `
- {response: A, match: rule exists, actions: [{action: test:do, budget: 40/10m}, test:call]}
- {response: B, match: rule exists, actions: [test:do]}
`,
    [kill, call],
  );
  const settings = { ...noLimits, shares, budget: { all: rate(120), scope: rate(80), calls: rate(40) } };

  /** Returns the actions that run, for alerts with a container. */
  const run = (raised: readonly Raised[]): string[] => {
    const limits = openLimits(settings, () => undefined);
    return raised.flatMap(({ alert, time }) =>
      responses.flatMap((response) =>
        response.actions.map((action, place) => {
          const scope = scopeOf(alert, action.action);
          const suppressed = limits.admit({ response, place, action, alert, target: alert.id, scope }, time);
          return `${alert.fields.get("container.id")} ${alert.id} ${response.name} ${place} ${suppressed?.why ?? "runs"}`;
        }),
      ),
    );
  };

  for (let seed = 1; seed <= 60; seed++) {
    const next = random(seed * 7919);
    let time = 1_000_000;
    const raised = Array.from({ length: 400 }, (_, i) => {
      if (next() < 0.1) time += Math.floor(next() * 300_000);
      const container = next() < 0.25 ? "victim" : "attacker";
      const priority = priorities[Math.floor(next() * priorities.length)]!;
      const exe = `/bin/${Math.floor(next() * 5)}`;
      const fields = { "container.id": container, "k8s.ns.name": "shop", "proc.exepath": exe };
      return { time, alert: alertWith(fields, { priority, id: String(i) }) };
    });
    const victims = raised.filter(({ alert }) => alert.fields.get("container.id") === "victim");
    const inBoth = run(raised).filter((line) => line.startsWith("victim"));
    expect(inBoth, `seed ${seed}`).toEqual(run(victims));
    expect(run(raised).some((line) => line.startsWith("attacker") && line.endsWith("budget"))).toBe(true);
  }
});
