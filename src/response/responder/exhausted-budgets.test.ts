import { afterEach, describe, expect, it } from "vitest";
import { actionOf, noLimits, openScene, responsesOf, type Scene, succeeds } from "../../../test/response/scene.ts";
import type { Entry } from "../../alert/entry.ts";
import { openActionLogWriter } from "../../journal/action-log-writer.ts";
import { entry } from "../../journal/alerts.fixture.ts";
import type { LimitSettings } from "../settings.ts";

const shares = { workload: 0.5, subject: 0.5, reserve: 0.15 };
const rate = (most: number) => ({ most, window: 600_000 });
const settings: LimitSettings = {
  ...noLimits,
  budget: { all: rate(120), scope: rate(60), calls: rate(1000) },
  shares,
};

const kill = actionOf(succeeds, { name: "test:kill", suspendedBy: "test:stop" });
const stop = actionOf(succeeds, { name: "test:stop", undoneBy: "test:continue" });
const rules = "- {response: All, match: rule exists, actions: [test:kill]}\n";

const scenes: Scene[] = [];
async function scene(given: Partial<LimitSettings> = {}, file?: string): Promise<Scene> {
  const one = openScene(await responsesOf(rules, [kill, stop]), { ...settings, ...given }, file);
  scenes.push(one);
  return one;
}
afterEach(async () => {
  for (const one of scenes.splice(0)) await one.close();
});

let lastTarget = 0;
/** Alerts that differ only in their target. */
function alerts(count: number, fields: Readonly<Record<string, unknown>> = {}, more: Partial<Entry> = {}): Entry[] {
  return Array.from({ length: count }, (_, i) =>
    entry(
      i,
      { time: BigInt(Date.now()) * 1_000_000n, priority: "Warning", ...more },
      { "fd.name": `/${lastTarget++}`, "user.uid": 1000, "proc.exepath": "/usr/bin/tail", ...fields },
    ),
  );
}

/** Outcomes of the alerts `after`, which follow the alerts `before`. */
async function outcomes(one: Scene, before: readonly Entry[], after: readonly Entry[]): Promise<string[]> {
  one.raise(...before);
  await one.settled(before.length);
  one.raise(...after);
  const steps = await one.settled(before.length + after.length);
  return steps.slice(before.length).map(({ state, why }) => why ?? state);
}

/** Exceeds the whole budget. */
const decoys = 150;
const attackers = 19;

describe("150 decoys do not use up the budget of 120 actions for 19 attackers", () => {
  it.each<[string, Readonly<Record<string, unknown>>, Partial<Entry>, number?]>([
    ["of another user", { "user.uid": 1001 }, {}],
    ["in a container", { "container.id": "0123456789ab" }, {}],
    ["in a container of a namespace", { "container.id": "0123456789ab", "k8s.ns.name": "shop" }, {}, 13],
    ["with another executable", { "proc.exepath": "/opt/implant" }, {}],
    ["with another parent executable", { "proc.pexepath": "/usr/sbin/nginx" }, {}],
    ["with another rule", {}, { rule: "Another rule" }],
    ["with a higher priority", {}, { rule: "Another rule", priority: "Critical" }],
  ])("%s", async (_, fields, more, answered = attackers) => {
    const found = await outcomes(await scene(), alerts(decoys), alerts(attackers, fields, more));
    expect(found.filter((each) => each === "done")).toHaveLength(answered);
  });

  it("of another user, although each decoy has an executable of its own", async () => {
    const varied = Array.from({ length: decoys }, (_, i) => alerts(1, { "proc.exepath": `/tmp/${i}` })).flat();
    const found = await outcomes(await scene(), varied, alerts(attackers, { "user.uid": 0 }));
    expect(found.filter((each) => each === "done")).toHaveLength(attackers);
  });

  it("after a restart", async () => {
    const first = await scene();
    first.raise(...alerts(decoys));
    await first.settled(decoys);
    await first.close();
    scenes.pop();
    const one = await scene({}, first.file);
    one.raise(...alerts(5), ...alerts(attackers, { "user.uid": 1001 }));
    const steps = (await one.settled(decoys + 5 + attackers)).slice(decoys);
    expect(steps.map(({ state, why }) => why ?? state)).toEqual([
      ...Array<string>(5).fill("budget"),
      ...Array<string>(attackers).fill("done"),
    ]);
  });
});

describe("an exhausted budget", () => {
  it("is reported once with the workloads that used it, counted, and listed until it admits actions", async () => {
    const one = await scene();
    one.raise(...alerts(decoys), ...alerts(3, { "user.uid": 7 }));
    await one.settled(decoys + 3);
    const reported = one.events.flatMap((event) => (event.kind === "budget" ? [event] : []));
    expect(reported).toMatchObject([
      {
        suspends: false,
        budget: {
          ...{ kind: "all", part: "subject", most: 26, rate: rate(120) },
          users: [{ workload: "user 1000", count: 26, subject: '"File read" by /usr/bin/tail' }],
        },
      },
    ]);
    const { exhausted, suppressed } = one.responder.counts();
    expect(exhausted).toEqual([reported[0]?.budget]);
    expect(exhausted[0]?.of).toBe('user 1000 for "File read" by /usr/bin/tail in all actions');
    expect(suppressed).toEqual([{ budget: "all", part: "subject", count: decoys - 26 }]);
  });

  it("names the whole budget when several workloads use it up", async () => {
    const one = await scene({ budget: { all: rate(8), scope: rate(8), calls: rate(8) } });
    for (let user = 0; user < 8; user++) one.raise(...alerts(2, { "user.uid": user }, { priority: "Critical" }));
    await one.settled(16);
    expect(one.responder.counts().exhausted.map(({ of, part }) => [of, part])).toContainEqual(["all actions", "total"]);
  });
});

describe("with when_exhausted: suspend", () => {
  it("targets are suspended while the budget is used up, without using a budget", async () => {
    const one = await scene({ whenExhausted: "suspend" });
    one.raise(...alerts(decoys));
    const steps = await one.settled(decoys + decoys - 26);
    const done = (name: string): number =>
      steps.filter(({ action, state }) => action === name && state === "done").length;
    expect([done("test:kill"), done("test:stop")]).toEqual([26, decoys - 26]);
    expect(one.events.find(({ kind }) => kind === "budget")).toMatchObject({ suspends: true });
    const targets = steps.filter(({ state }) => state === "done").map(({ target }) => target);
    expect(new Set(targets).size).toBe(decoys);
  });

  it("protected targets are not suspended", async () => {
    const never = { ...noLimits.never, targets: ["*"] };
    const one = await scene({ whenExhausted: "suspend", budget: { ...settings.budget, all: rate(0) }, never });
    one.raise(...alerts(1));
    expect((await one.settled(1)).map(({ why }) => why)).toEqual(["never"]);
  });

  it("dry runs suspend nothing", async () => {
    const one = await scene({ whenExhausted: "suspend", budget: { ...settings.budget, all: rate(0) }, dryRun: true });
    one.raise(...alerts(1));
    expect((await one.settled(1)).map(({ action, why }) => [action, why])).toEqual([["test:kill", "budget"]]);
  });

  it("a suspension that a crash interrupted is repeated", async () => {
    const none = { ...settings.budget, all: rate(0) };
    const first = await scene({ whenExhausted: "suspend", budget: none });
    first.raise(...alerts(1));
    const [, step] = await first.settled(2);
    await first.close();
    scenes.pop();
    const log = openActionLogWriter(first.file);
    log?.write([{ ...step!, state: "asked", ended: undefined }]);
    log?.close();
    const one = await scene({ whenExhausted: "suspend", budget: none }, first.file);
    const steps = await one.settled(3);
    expect(steps.map(({ action, state, attempt }) => [action, state, attempt])).toEqual([
      ["test:kill", "skipped", 1],
      ["test:stop", "unknown", 1],
      ["test:stop", "done", 2],
    ]);
  });
});

it("a flood of alerts without responses is recorded in part, and counted", async () => {
  const one = await scene({ budget: { ...settings.budget, all: rate(0) } });
  one.raise(...alerts(3000), ...alerts(1, { "user.uid": 7 }));
  const steps = await one.settled(1001);
  const [last, other] = steps.slice(-2);
  expect(last?.answer).toMatch(/; until \S+Z, subsequent skipped actions of user 1000 are counted but not recorded$/);
  expect(other?.answer).not.toContain("further ones");
  expect(steps).toHaveLength(1001);
  expect(one.responder.counts().steps).toEqual([{ action: "test:kill", outcome: "budget", count: 3001 }]);
});
