import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { hostile } from "../../../test/response/hostile.ts";
import {
  actionOf,
  alertsAbout,
  noLimits,
  openScene,
  responsesOf,
  type Scene,
  succeeds,
} from "../../../test/response/scene.ts";
import { openActionLogWriter } from "../../journal/action-log-writer.ts";
import { entry } from "../../journal/alerts.fixture.ts";
import { turnSwitch } from "../../journal/switch.ts";
import type { ActionRequest, ActionResult } from "../action.ts";

const ALL = `
- response: All
  match: rule exists
  actions: [test:do]
`;

const scenes: Scene[] = [];

function scene(...args: Parameters<typeof openScene>): Scene {
  const one = openScene(...args);
  scenes.push(one);
  return one;
}

/** Makes a table of a journal unusable. @returns a function that repairs it */
function damage(file: string, table: string): () => void {
  const db = new DatabaseSync(file);
  db.exec(`ALTER TABLE ${table} RENAME TO away`);
  return () => {
    db.exec(`ALTER TABLE away RENAME TO ${table}`);
    db.close();
  };
}

afterEach(async () => {
  for (const one of scenes.splice(0)) await one.close();
});

describe("a response", () => {
  it("runs its action once the step is on disk, and records its end", async () => {
    const found: unknown[] = [];
    let file = "";
    const action = actionOf(async ({ alert, key }) => {
      const ledger = openActionLogWriter(file);
      found.push(ledger?.open().map(({ state, target, key: written }) => ({ state, target, same: written === key })));
      ledger?.close();
      return { outcome: "done", answer: `${alert.rule} is answered.` };
    });
    const one = scene(await responsesOf(ALL, [action]));
    file = one.file;
    one.raise(...alertsAbout("/a"));
    const [step] = await one.settled(1);
    expect(found).toEqual([[{ state: "asked", target: "/a", same: true }]]);
    expect(step).toMatchObject({
      ...{ response: "All", action: "test:do", target: "/a", state: "done", attempt: 1, dryRun: false },
      answer: "File read is answered.",
    });
    expect(step!.ended).toBeGreaterThanOrEqual(step!.asked ?? Number.POSITIVE_INFINITY);
  });

  it("runs actions in order, and stops after a failure or an action without continue", async () => {
    const asked: string[] = [];
    const note = (name: string, result: ActionResult["outcome"], more = {}) =>
      actionOf(
        async (): Promise<ActionResult> => {
          asked.push(name);
          return result === "done" ? { outcome: "done", answer: "" } : { outcome: result, reason: "so it is" };
        },
        { name, ...more },
      );
    const actions = [
      note("test:fails", "failed"),
      note("test:skips", "skipped"),
      note("test:ends", "done", { continues: false }),
      note("test:works", "done"),
    ];
    const one = scene(
      await responsesOf(
        `
- response: Fails
  match: fd.name = /fails
  actions: [test:works, test:fails, test:works]
- response: Ignored
  match: fd.name = /ignored
  actions: [{action: test:fails, ignore_errors: true}, test:skips, test:works]
- response: Ends
  match: fd.name = /ends
  actions: [test:ends, test:works]
- response: Overruled
  match: fd.name = /overruled
  actions: [{action: test:ends, continue: true}, {action: test:works, continue: false}, test:works]
`,
        actions,
      ),
    );
    for (const [file, expected] of [
      ["/fails", ["test:works", "test:fails"]],
      ["/ignored", ["test:fails", "test:skips", "test:works"]],
      ["/ends", ["test:ends"]],
      ["/overruled", ["test:ends", "test:works"]],
    ] as const) {
      asked.length = 0;
      const before = one.steps().length;
      one.raise(...alertsAbout(file));
      const steps = await one.settled(before + expected.length);
      await sleep(20);
      expect(asked).toEqual(expected);
      expect(steps.slice(before).map(({ action }) => action)).toEqual(expected);
    }
    expect(one.steps().find(({ action }) => action === "test:skips")).toMatchObject({
      state: "skipped",
      why: "nothing",
    });
  });

  it("stops the evaluation of subsequent rules without continue", async () => {
    const text = `
- {response: One, match: fd.name startswith /, actions: [test:do]}
- {response: Two, match: fd.name = /b, actions: [test:do], continue: false}
- {response: Three, match: rule exists, actions: [test:do]}
`;
    const one = scene(await responsesOf(text, [actionOf(succeeds)]));
    one.raise(...alertsAbout("/a", "/b"));
    const steps = await one.settled(4);
    expect(steps.map(({ response, target }) => `${response} ${target}`).sort()).toEqual(
      ["One /a", "One /b", "Three /a", "Two /b"].sort(),
    );
  });

  it("aborts an action at its timeout", async () => {
    let aborted = false;
    const action = actionOf(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            reject(new Error("it was aborted"));
          });
        }),
    );
    const deaf = actionOf(() => new Promise(() => {}), { name: "test:deaf" });
    const one = scene(
      await responsesOf(
        ALL.replace(
          "[test:do]",
          "[{action: test:do, ignore_errors: true, timeout: 50ms}, {action: test:deaf, timeout: 50ms}]",
        ),
        [action, deaf],
      ),
    );
    one.raise(...alertsAbout("/a"));
    const steps = await one.settled(2);
    expect(aborted).toBe(true);
    expect(steps.map(({ state, answer }) => `${state}: ${answer}`)).toEqual([
      "failed: it was aborted",
      "failed: timed out after 50ms",
    ]);
  });

  it("fails for an action that throws, and others run", async () => {
    const action = actionOf(({ alert }) => {
      if (alert.fields.get("fd.name") === "/bad") throw new Error("a mistake of ours");
      return succeeds();
    });
    const one = scene(await responsesOf(ALL, [action]));
    one.raise(...alertsAbout("/bad", "/good"));
    expect((await one.settled(2)).map(({ state }) => state).sort()).toEqual(["done", "failed"]);
  });

  it("does not apply to alerts about responses, even if its rule matches", async () => {
    const one = scene(await responsesOf(ALL, [actionOf(succeeds)]));
    one.raise(
      entry(1, { rule: "Eyas internal: response done", source: "internal" }),
      entry(2, { rule: "Eyas internal: rules not reloaded", source: "internal" }),
    );
    await one.settled(1);
    await sleep(20);
    expect(one.steps().map(({ seq }) => seq)).toEqual([2]);
  });

  it("treats all text of an alert as data", async () => {
    const seen: unknown[] = [];
    const action = actionOf(async ({ alert, parameters }) => {
      seen.push([alert.fields.get("fd.name"), parameters]);
      return { outcome: "done", answer: String(alert.fields.get("fd.name")) };
    });
    const one = scene(await responsesOf(ALL, [action]));
    const texts = Object.values(hostile).filter((text) => text.isWellFormed() && text.trim() !== "");
    one.raise(...alertsAbout(...texts));
    const steps = await one.settled(texts.length);
    expect(seen).toEqual(texts.map((text) => [text, {}]));
    const sorted = (list: readonly unknown[]): unknown[] => [...list].sort();
    expect(sorted(steps.map(({ target }) => target))).toEqual(sorted(texts));
    expect(sorted(steps.map(({ answer }) => answer))).toEqual(sorted(texts));
  });
});

describe("limits", () => {
  it("suppress an action during its cooldown", async () => {
    let now = Date.now();
    const one = scene(await responsesOf(ALL, [actionOf(succeeds)]), { ...noLimits, cooldown: 60_000 }, undefined, {
      now: () => now,
    });
    one.raise(...alertsAbout("/a", "/a", "/b"));
    await one.settled(3);
    now += 59_000;
    one.raise(...alertsAbout("/a"));
    await one.settled(4);
    now += 2000;
    one.raise(...alertsAbout("/a"));
    const steps = (await one.settled(5)).sort((a, b) => a.seq - b.seq);
    expect(steps.map(({ state, why }) => why ?? state)).toEqual(["done", "cooldown", "done", "cooldown", "done"]);
  });

  it("start no cooldown after a failure", async () => {
    let fails = true;
    const action = actionOf(async () => {
      if (fails) return { outcome: "failed", reason: "not now" };
      return succeeds();
    });
    const one = scene(await responsesOf(ALL, [action]), { ...noLimits, cooldown: 60_000 });
    one.raise(...alertsAbout("/a"));
    await one.settled(1);
    fails = false;
    one.raise(...alertsAbout("/a"));
    expect((await one.settled(2)).map(({ state }) => state)).toEqual(["failed", "done"]);
  });

  it("apply budgets exactly to a thousand concurrent alerts, in total and per namespace", async () => {
    let asked = 0;
    const action = actionOf(async () => {
      asked++;
      return succeeds();
    });
    const rate = (most: number) => ({ most, window: 60_000 });
    const settings = { ...noLimits, budget: { all: rate(25), scope: rate(10), calls: rate(1) } };
    const one = scene(await responsesOf(ALL, [action]), settings);
    const time = BigInt(Date.now()) * 1_000_000n;
    one.raise(...Array.from({ length: 1000 }, (_, i) => entry(i, { time }, { "k8s.ns.name": `ns-${i % 4}` })));
    const steps = await one.settled(1000);
    expect(asked).toBe(25);
    const done = steps.filter(({ state }) => state === "done");
    expect(done).toHaveLength(25);
    const byScope = Object.groupBy(done, ({ scope }) => scope ?? "");
    for (const list of Object.values(byScope)) expect(list?.length).toBeLessThanOrEqual(10);
    expect(steps.filter(({ why }) => why === "budget")).toHaveLength(975);
    // Each exhausted budget is reported once.
    const said = one.events.flatMap((each) => (each.kind === "budget" ? [each.budget.of] : []));
    expect(new Set(said).size).toBe(said.length);
    expect(said).toContain("all actions");
  });

  it("apply the budget of a rule per action, and a separate budget to calls", async () => {
    const call = actionOf(succeeds, { name: "test:call", cooldown: 0 });
    const text = `
- response: All
  match: rule exists
  actions:
    - {action: test:do, budget: 2/1h}
    - action: test:call
`;
    const rate = (most: number) => ({ most, window: 60_000 });
    const settings = { ...noLimits, cooldown: 3_600_000, budget: { all: rate(100), scope: rate(100), calls: rate(4) } };
    const one = scene(await responsesOf(text, [actionOf(succeeds), call]), settings);
    one.raise(...alertsAbout("/1", "/2", "/3", "/4", "/5", "/5"));
    const steps = await one.settled(12);
    const done = Object.groupBy(
      steps.filter(({ state }) => state === "done"),
      ({ action }) => action,
    );
    expect(done["test:do"]).toHaveLength(2);
    expect(done["test:call"]).toHaveLength(4);
  });

  it("bound concurrent runs of an action without delaying others", async () => {
    let running = 0;
    let most = 0;
    const slow = actionOf(
      async () => {
        most = Math.max(most, ++running);
        await sleep(20);
        running--;
        return succeeds();
      },
      { name: "test:slow" },
    );
    const text = `
- {response: Slow, match: rule exists, actions: [test:slow]}
- {response: Quick, match: rule exists, actions: [test:do]}
`;
    const one = scene(await responsesOf(text, [slow, actionOf(succeeds)]), { ...noLimits, concurrency: 3 });
    one.raise(...alertsAbout(...Array.from({ length: 20 }, (_, i) => `/${i}`)));
    const steps = await one.settled(40);
    expect(most).toBe(3);
    const last = (name: string): number =>
      Math.max(...steps.filter(({ response }) => response === name).map(({ ended }) => ended ?? 0));
    expect(last("Quick")).toBeLessThan(last("Slow"));
  });

  it("protect configured targets, but not from calls of functions", async () => {
    const call = actionOf(succeeds, { name: "test:call", cooldown: 0 });
    const kill = actionOf(succeeds, { name: "test:kill", ofProcess: true });
    const never = { targets: ["/srv/*"], namespaces: ["kube-system"], processes: [], users: ["deploy"] };
    const text = ALL.replace("[test:do]", "[test:kill, test:call]");
    const one = scene(await responsesOf(text, [kill, call]), { ...noLimits, never });
    const time = BigInt(Date.now()) * 1_000_000n;
    one.raise(
      entry(1, { time }, { "fd.name": "/srv/x", "proc.pid": 999_999_999 }),
      entry(2, { time }, { "fd.name": "/a", "k8s.ns.name": "kube-system", "proc.pid": 999_999_999 }),
      entry(3, { time }, { "fd.name": "/b", "proc.pid": 1 }),
      entry(4, { time }, { "fd.name": "/c", "user.name": "deploy", "proc.pid": 999_999_999 }),
      entry(5, { time }, { "fd.name": "/d", "proc.pid": process.pid }),
      entry(6, { time }, { "fd.name": "/e", "proc.pid": process.ppid }),
      entry(7, { time }, { "fd.name": "/f", "proc.pid": 999_999_999 }),
    );
    const steps = await one.settled(14);
    const killed = steps.filter(({ action }) => action === "test:kill").sort((a, b) => a.seq - b.seq);
    expect(killed.map(({ state, why }) => why ?? state)).toEqual([...Array(6).fill("never"), "done"]);
    expect(steps.filter(({ action, state }) => action === "test:call" && state === "done")).toHaveLength(7);
  });

  it("suppress actions for old events and for missing targets", async () => {
    const one = scene(await responsesOf(ALL, [actionOf(succeeds)]), { ...noLimits, maxAge: 60_000 });
    const time = BigInt(Date.now()) * 1_000_000n;
    one.raise(
      entry(1, { time: time - 61_000_000_000n }),
      entry(2, { time, names: ["proc.pid"], values: ["2"] }),
      entry(3, { time: time - 1_000_000_000n }),
    );
    const steps = (await one.settled(3)).sort((a, b) => a.seq - b.seq);
    expect(steps.map(({ state, why }) => why ?? state)).toEqual(["old", "missing", "done"]);
  });

  it("apply to dry runs, in which no action runs", async () => {
    let asked = 0;
    const action = actionOf(async () => {
      asked++;
      return succeeds();
    });
    const one = scene(await responsesOf(ALL, [action]), { ...noLimits, dryRun: true, cooldown: 60_000 });
    one.raise(...alertsAbout("/a", "/a", "/b"));
    const steps = (await one.settled(3)).sort((a, b) => a.seq - b.seq);
    expect(asked).toBe(0);
    expect(steps.map(({ why, dryRun, target }) => [why, dryRun, target])).toEqual([
      ["dry_run", true, "/a"],
      ["cooldown", true, "/a"],
      ["dry_run", true, "/b"],
    ]);
  });
});

describe("pausing responses", () => {
  it("skips new and queued actions until responses are resumed", async () => {
    const gate = Promise.withResolvers<void>();
    const action = actionOf(async () => {
      await gate.promise;
      return succeeds();
    });
    const one = scene(await responsesOf(ALL, [action]), { ...noLimits, concurrency: 1 });
    const turn = (paused: boolean): boolean =>
      turnSwitch(one.file, { time: Date.now(), paused, who: "alice", reason: "a test" });
    one.raise(...alertsAbout("/under-way", "/waits"));
    await sleep(50);
    expect(turn(true)).toBe(true);
    one.raise(...alertsAbout("/later"));
    gate.resolve();
    const steps = await one.settled(3);
    const outcome = Object.fromEntries(steps.map(({ target, state, why }) => [target, why ?? state]));
    expect(outcome).toEqual({ "/under-way": "done", "/waits": "paused", "/later": "paused" });
    turn(false);
    one.raise(...alertsAbout("/again"));
    expect((await one.settled(4)).at(-1)).toMatchObject({ target: "/again", state: "done" });
  });

  it("persists over a restart", async () => {
    const responses = await responsesOf(ALL, [actionOf(succeeds)]);
    const first = openScene(responses);
    turnSwitch(first.file, { time: Date.now(), paused: true, who: "alice", reason: "" });
    await first.close();
    const second = scene(responses, noLimits, first.file);
    second.raise(...alertsAbout("/a"));
    expect(await second.settled(1)).toMatchObject([{ why: "paused" }]);
    expect(second.responder.counts().paused).toBe(true);
  });
});

describe("after a restart", () => {
  const hangs = (): Promise<ActionResult> => new Promise(() => {});

  /** A journal in which an earlier process left a running and a queued action. */
  async function broken(repeatable: boolean): Promise<string> {
    const action = actionOf(hangs, repeatable ? { repeatable: true } : {});
    const one = openScene(await responsesOf(ALL, [action]), { ...noLimits, concurrency: 1 });
    one.raise(...alertsAbout("/asked", "/waits"));
    await sleep(50);
    expect(one.steps().map(({ state }) => state)).toEqual(["asked", "waiting"]);
    return one.file; // nothing is closed, as after SIGKILL
  }

  it("running actions become unknown and are not repeated, queued ones run", async () => {
    const file = await broken(false);
    const asked: string[] = [];
    const action = actionOf(async ({ alert }) => {
      asked.push(String(alert.fields.get("fd.name")));
      return succeeds();
    });
    const one = scene(await responsesOf(ALL, [action]), noLimits, file);
    const steps = await one.settled(2);
    expect(asked).toEqual(["/waits"]);
    expect(steps.map(({ target, state }) => [target, state])).toEqual([
      ["/asked", "unknown"],
      ["/waits", "done"],
    ]);
  });

  it("an idempotent action is repeated with the same key, and both attempts are recorded", async () => {
    const file = await broken(true);
    const asked: ActionRequest[] = [];
    const action = actionOf(
      async (request) => {
        asked.push(request);
        return succeeds();
      },
      { repeatable: true },
    );
    const one = scene(await responsesOf(ALL, [action]), { ...noLimits, cooldown: 60_000 }, file);
    const steps = await one.settled(3);
    const [first, , again] = steps;
    expect(first).toMatchObject({ target: "/asked", state: "unknown", attempt: 1 });
    expect(again).toMatchObject({ target: "/asked", state: "done", attempt: 2, key: first!.key });
    expect(asked.map(({ key }) => key)).toContain(first!.key);
  });

  it("an action that recorded its remaining work is completed, regardless of limits and paused responses", async () => {
    let isRecorded = false;
    const dies = actionOf(async ({ record }) => {
      await record?.("half of it");
      isRecorded = true;
      return hangs();
    });
    const first = openScene(await responsesOf(ALL, [dies]));
    first.raise(...alertsAbout("/a"));
    await expect.poll(() => isRecorded).toBe(true);
    expect(first.steps()).toMatchObject([{ state: "asked", record: "half of it" }]);
    const recorded: unknown[] = [];
    const finishes = actionOf(async (request) => {
      recorded.push(request.recorded);
      return succeeds();
    });
    const settings = { ...noLimits, cooldown: 60_000, paused: true, dryRun: true };
    const one = scene(await responsesOf(ALL, [finishes]), settings, first.file);
    const steps = await one.settled(2);
    expect(steps.map(({ state, attempt, dryRun }) => [state, attempt, dryRun])).toEqual([
      ["unknown", 1, false],
      ["done", 2, false],
    ]);
    expect([steps[0]?.record, steps[1]?.record, recorded]).toEqual(["half of it", undefined, ["half of it"]]);
  });

  it("a response continues with its next action", async () => {
    const gate = Promise.withResolvers<void>();
    const first = actionOf(
      async () => {
        await gate.promise;
        return succeeds();
      },
      { name: "test:first" },
    );
    const responses = await responsesOf(ALL.replace("[test:do]", "[test:first, test:do]"), [first, actionOf(succeeds)]);
    const one = openScene(responses);
    one.raise(...alertsAbout("/a"));
    await sleep(30);
    const closed = one.close();
    gate.resolve();
    await closed;
    expect(one.steps().map(({ action, state }) => [action, state])).toEqual([
      ["test:first", "done"],
      ["test:do", "waiting"],
    ]);
    const again = scene(responses, noLimits, one.file);
    expect((await again.settled(2)).map(({ state, attempt }) => [state, attempt])).toEqual([
      ["done", 1],
      ["done", 1],
    ]);
  });

  it("each alert raised in the meantime causes actions once", async () => {
    const responses = await responsesOf(ALL, [actionOf(succeeds)]);
    const first = openScene(responses);
    first.raise(...alertsAbout("/a"));
    await first.settled(1);
    await first.close();
    const second = scene(responses, noLimits, first.file);
    second.raise(...alertsAbout("/b"));
    await second.settled(2);
    await second.close();
    scenes.pop();
    const third = scene(responses, noLimits, first.file, { begin: 999 });
    third.raise(...alertsAbout("/c"));
    const steps = await third.settled(3);
    expect(steps.map(({ target }) => target)).toEqual(["/a", "/b", "/c"]);
  });

  it("cooldowns and budgets persist", async () => {
    const responses = await responsesOf(ALL, [actionOf(succeeds)]);
    const rate = { most: 3, window: 60_000 };
    const settings = { ...noLimits, cooldown: 60_000, budget: { all: rate, scope: rate, calls: rate } };
    const first = openScene(responses, settings);
    first.raise(...alertsAbout("/a", "/b"));
    await first.settled(2);
    await first.close();
    const second = scene(responses, settings, first.file);
    second.raise(...alertsAbout("/a", "/c", "/d"));
    const steps = await second.settled(5);
    expect(steps.slice(2).map(({ state, why }) => why ?? state)).toEqual(["cooldown", "done", "budget"]);
  });

  it("a step whose rule no longer exists is skipped", async () => {
    const file = await broken(false);
    const one = scene(await responsesOf(ALL.replace("All", "Other"), [actionOf(succeeds)]), noLimits, file);
    expect((await one.settled(2)).map(({ state, why }) => why ?? state)).toEqual(["unknown", "gone"]);
  });
});

it("alerts that exceed the size of one read cause actions", async () => {
  const one = scene(await responsesOf(ALL, [actionOf(succeeds)]));
  one.raise(
    ...Array.from({ length: 30 }, (_, i) =>
      entry(i, { time: BigInt(Date.now()) * 1_000_000n }, { "proc.cmdline": "x".repeat(100_000) }),
    ),
  );
  expect(await one.settled(30)).toHaveLength(30);
});

it.each(["response", "alert"])("responses wait while the journal's table %s is unusable", async (table) => {
  let asked = 0;
  const action = actionOf(async () => {
    asked++;
    return succeeds();
  });
  const one = scene(await responsesOf(ALL, [action]));
  one.raise(...alertsAbout("/a"));
  await one.settled(1);
  one.keep(...alertsAbout("/b"));
  const repair = damage(one.file, table);
  one.responder.appended();
  await sleep(100);
  expect(asked).toBe(1);
  expect(one.events.at(-1)).toMatchObject({ kind: "trouble" });
  repair();
  expect((await one.settled(2)).map(({ target, state }) => [target, state])).toEqual([
    ["/a", "done"],
    ["/b", "done"],
  ]);
  expect(asked).toBe(2);
  expect(one.events.some(({ kind }) => kind === "recovered")).toBe(true);
});

describe("new settings", () => {
  it("count queued actions against budgets and cooldowns", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const responses = await responsesOf(ALL, [actionOf(() => released.then(succeeds))]);
    const rate = { most: 4, window: 60_000 };
    const budget = { all: rate, scope: rate, calls: rate };
    const settings = { ...noLimits, cooldown: 60_000, concurrency: 1, budget };
    const one = scene(responses, settings);
    one.raise(...alertsAbout("/a", "/b", "/c"));
    await expect.poll(() => one.responder.counts()).toMatchObject({ running: 1, waiting: 2 });
    one.responder.use(responses, settings);
    one.responder.use(responses, settings);
    one.raise(...alertsAbout("/b", "/d", "/e"));
    release();
    const steps = await one.settled(6);
    expect(steps.map(({ target, state, why }) => [target, why ?? state])).toEqual([
      ...[["/a"], ["/b"], ["/c"]].map(([target]) => [target, "done"]),
      ["/b", "cooldown"],
      ["/d", "done"],
      ["/e", "budget"],
    ]);
    // Actions that have left the queue count once.
    one.responder.use(responses, { ...settings, budget: { ...budget, all: { ...rate, most: 5 } } });
    one.raise(...alertsAbout("/f", "/g"));
    expect((await one.settled(8)).slice(6).map(({ state, why }) => why ?? state)).toEqual(["done", "budget"]);
  });

  it("do not count queued actions that were skipped because responses were paused", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const responses = await responsesOf(ALL, [actionOf(() => released.then(succeeds))]);
    const rate = { most: 2, window: 60_000 };
    const settings = { ...noLimits, concurrency: 1, budget: { all: rate, scope: rate, calls: rate } };
    const one = scene(responses, settings);
    one.raise(...alertsAbout("/a", "/b"));
    await expect.poll(() => one.responder.counts()).toMatchObject({ running: 1, waiting: 1 });
    one.responder.use(responses, { ...settings, paused: true });
    release();
    expect((await one.settled(2)).map(({ state, why }) => why ?? state)).toEqual(["done", "paused"]);
    one.responder.use(responses, settings);
    one.raise(...alertsAbout("/c"));
    expect((await one.settled(3)).at(-1)).toMatchObject({ target: "/c", state: "done" });
  });

  it("do not reset budgets while the journal cannot be read", async () => {
    const responses = await responsesOf(ALL, [actionOf(succeeds)]);
    const rate = (most: number) => ({ most, window: 60_000 });
    const settings = (most: number) => ({ ...noLimits, budget: { all: rate(most), scope: rate(9), calls: rate(9) } });
    const one = scene(responses, settings(2));
    one.raise(...alertsAbout("/a", "/b"));
    await one.settled(2);
    const repair = damage(one.file, "alert");
    one.responder.use(responses, settings(3));
    expect(one.events.at(-1)).toMatchObject({ kind: "trouble" });
    repair();
    one.raise(...alertsAbout("/c", "/d"));
    expect((await one.settled(4)).slice(2).map(({ state, why }) => why ?? state)).toEqual(["done", "budget"]);
    expect(one.events.some(({ kind }) => kind === "recovered")).toBe(true);
  });

  it("protect targets even while the journal cannot be read", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const slow = actionOf(() => released.then(succeeds), { name: "test:slow" });
    const text = ALL.replace("[test:do]", "[test:slow, test:do]");
    const responses = await responsesOf(text, [slow, actionOf(succeeds)]);
    const one = scene(responses);
    one.raise(...alertsAbout("/a"));
    await expect.poll(() => one.steps().map(({ state }) => state)).toEqual(["asked"]);
    const repair = damage(one.file, "alert");
    one.responder.use(responses, { ...noLimits, never: { ...noLimits.never, targets: ["/a"] } });
    release();
    await sleep(20);
    repair();
    expect((await one.settled(2)).map(({ state, why }) => why ?? state)).toEqual(["done", "never"]);
  });
});
