import { expect, test } from "vitest";
import { noCounts } from "../../journal/counts.ts";
import { Health } from "../../telemetry/health.ts";
import { observeHealth } from "./session-health.ts";
import type { SessionState } from "./state.ts";

test("the journal is degraded while the system clock is not trusted", () => {
  const health = new Health();
  let clockAhead = 0;
  const delivery: Pick<SessionState["delivery"], "outputs" | "journal"> = {
    outputs: () => [],
    journal: () => ({ ...noCounts, clockAhead }),
  };
  const observe = () => {
    observeHealth(health, { delivery } as Pick<SessionState, "delivery" | "documents">);
    return health.get("journal")?.state;
  };
  health.set("journal", "ok");
  expect(observe()).toBe("ok");
  clockAhead = 86_400_000;
  expect(observe()).toBe("degraded");
  expect(health.get("journal")?.reason).toBe("the system clock jumped ahead; alerts expire by the earlier clock");
  clockAhead = 0;
  expect(observe()).toBe("ok");
});
