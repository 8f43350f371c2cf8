import { expect, test } from "vitest";
import { type Counts, noCounts } from "../../journal/counts.ts";
import type { OutputCounts } from "../../output/dispatch/counts.ts";
import type { FeedCounts } from "../../source/feed.ts";
import { Health, type HealthComponent } from "../../telemetry/health.ts";
import { observeHealth } from "./session-health.ts";
import type { SessionState } from "./state.ts";

const noOutputCounts = { alerts: 0, delivered: 0, rejected: 0, lost: 0, retries: 0, waiting: 0, first: undefined };

/** A session with counters that the test sets. */
function session() {
  const health = new Health();
  const state = {
    now: Date.now(),
    journal: {} as Partial<Counts>,
    outputs: [] as readonly (Partial<OutputCounts> & { readonly name: string })[],
    failure: undefined as string | undefined,
    feeds: [] as readonly Pick<FeedCounts, "from" | "trouble">[],
  };
  const delivery = {
    get failure() {
      return state.failure;
    },
    outputs: () => state.outputs.map((each) => ({ ...noOutputCounts, ...each })),
    journal: () => ({ ...noCounts, ...state.journal }),
  };
  return {
    ...{ health, state },
    /**
     * Runs a check with changed counters.
     * @returns state and reason of a component
     */
    observe(component: HealthComponent, changes: Partial<typeof state> = {}): string {
      Object.assign(state, changes);
      const documents = state.feeds.length === 0 ? [] : [{ source: "shop", feeds: state.feeds }];
      const whole = { delivery, documents } as unknown as Pick<SessionState, "delivery" | "documents">; // stops reading
      observeHealth(health, whole, state.now);
      const { state: word, reason } = health.get(component) ?? { state: "missing", reason: "" };
      return reason === "" ? word : `${word}: ${reason}`;
    },
  };
}

test("the journal is degraded while the system clock is not trusted", () => {
  const { health, observe } = session();
  health.set("journal", "ok");
  expect(observe("journal")).toBe("ok");
  expect(observe("journal", { journal: { clockAhead: 86_400_000 } })).toBe(
    "degraded: the system clock jumped ahead; alerts expire based on the time before the jump",
  );
  expect(observe("journal", { journal: {} })).toBe("ok");
});

test("the journal is degraded for ten minutes after its file is replaced, and while alerts are damaged", () => {
  const { health, observe, state } = session();
  health.set("journal", "ok");
  expect(observe("journal")).toBe("ok");
  const replaced = "degraded: the journal file was damaged or removed, and has been replaced by a new file";
  expect(observe("journal", { journal: { replaced: 1 } })).toBe(replaced);
  health.set("journal", "ok"); // the new file is open
  expect(observe("journal", { now: state.now + 599_000 })).toBe(replaced);
  expect(observe("journal", { now: state.now + 1000 })).toBe("ok");
  expect(observe("journal", { journal: { replaced: 2 } })).toBe(replaced);
  expect(observe("journal", { journal: { replaced: 2, damaged: 3 }, now: state.now + 86_400_000 })).toBe(
    "degraded: 3 alerts could not be read (damaged)",
  );
});

test("a failed journal stays failed, regardless of other faults", () => {
  const { health, observe } = session();
  health.set("journal", "failed", "no space left");
  expect(observe("journal", { journal: { replaced: 1, damaged: 1 } })).toBe("failed: no space left");
});

test("an output that rejects alerts is degraded until it accepts one", () => {
  const { observe } = session();
  const counts = (rejecting: boolean) => ({ outputs: [{ name: "slack", rejecting }] });
  expect(observe("outputs", counts(false))).toBe("ok");
  expect(observe("outputs", counts(true))).toBe("degraded: slack is rejecting");
  expect(observe("outputs")).toBe("degraded: slack is rejecting");
  expect(observe("outputs", counts(false))).toBe("ok");
});

test("a closed output is degraded until it is opened again", () => {
  const { observe } = session();
  expect(observe("outputs", { outputs: [{ name: "stdout", ended: true }] })).toBe("degraded: stdout is closed");
  expect(observe("outputs", { outputs: [{ name: "stdout" }] })).toBe("ok");
});

test("after the dispatcher stops, outputs have failed until the dispatcher works again", () => {
  const { observe } = session();
  expect(observe("outputs")).toBe("ok");
  expect(observe("outputs", { failure: "out of memory" })).toBe("failed: the dispatcher stopped: out of memory");
  expect(observe("outputs", { failure: undefined })).toBe("ok");
});

test("an output that a reload removed is not degraded, even after the output is added again", () => {
  const { observe, state } = session();
  const counts = { name: "slack", rejecting: true, waiting: 7, first: BigInt(state.now - 61_000) * 1_000_000n };
  expect(observe("outputs", { outputs: [counts] })).toBe("degraded: slack is rejecting");
  expect(observe("outputs", { outputs: [{ ...counts, removed: true }] })).toBe("ok");
  expect(observe("outputs", { outputs: [{ name: "slack", rejected: 1 }] })).toBe("ok");
});

test("an output has a backlog if its oldest alert waits for more than a minute, plus the interval of the output", () => {
  const { observe, state } = session();
  const first = BigInt(state.now) * 1_000_000n;
  const outputs = [
    { name: "kafka", waiting: 7, first },
    { name: "s3", waiting: 7, first, interval: 300_000, failing: true },
  ];
  expect(observe("outputs", { outputs })).toBe("ok");
  expect(observe("outputs", { now: state.now + 61_000 })).toBe(
    "degraded: kafka is behind and has a backlog of 7 alerts",
  );
  expect(observe("outputs", { now: state.now + 300_000 })).toBe(
    "degraded: kafka is behind and has a backlog of 7 alerts; s3 is retrying and has a backlog of 7 alerts",
  );
});

test("the component sources is degraded while an origin is down, and absent without a source", () => {
  const { observe } = session();
  expect(observe("sources")).toBe("missing");
  const feed = { from: "kafka://broker/shop", trouble: undefined };
  expect(observe("sources", { feeds: [feed] })).toBe("ok");
  expect(observe("sources", { feeds: [{ ...feed, trouble: "ECONNREFUSED" }] })).toBe(
    "degraded: kafka://broker/shop: ECONNREFUSED",
  );
});
