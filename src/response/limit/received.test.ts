import { afterEach, expect, it } from "vitest";
import {
  actionOf,
  alertsAbout,
  noLimits,
  openScene,
  responsesOf,
  type Scene,
  succeeds,
} from "../../../test/response/scene.ts";
import type { Entry } from "../../alert/entry.ts";
import { actions } from "../list.ts";
import { receivedValues } from "../settings.ts";
import { respondsToReceived } from "./received.ts";

const scenes: Scene[] = [];
afterEach(async () => {
  for (const one of scenes.splice(0)) await one.close();
});
const scene = (...given: Parameters<typeof openScene>): Scene => {
  const one = openScene(...given);
  scenes.push(one);
  return one;
};

const posted = (...files: readonly string[]): Entry[] =>
  alertsAbout(...files).map((each) => ({ ...each, received: true }));

it("responses.received decides which actions run for received alerts", async () => {
  const names = ["host:kill", "container:stop", "kubernetes:sysdig", "kubernetes:terminate", "marathon:kill"];
  const loaded = [...names, "aws:lambda"].map((name) => actions[name]?.());
  const all = (await Promise.all(loaded)).filter((action) => action !== undefined);
  const running = receivedValues.map((word) => [
    word,
    all.filter((action) => respondsToReceived(word, action)).map(({ name }) => name),
  ]);
  expect(Object.fromEntries(running)).toEqual({
    none: [],
    calls: ["aws:lambda"],
    platforms: ["kubernetes:terminate", "marathon:kill", "aws:lambda"],
    all: [...names, "aws:lambda"],
  });
});

it("received alerts do not exhaust the budgets of this machine's alerts, even across restarts", async () => {
  const responses = await responsesOf("- {response: A, match: priority >= debug, actions: [test:do]}\n", [
    actionOf(succeeds),
  ]);
  const rate = { most: 2, window: 60_000 };
  const settings = { ...noLimits, received: "all" as const, budget: { all: rate, scope: rate, calls: rate } };
  const first = openScene(responses, settings);
  first.raise(...posted("/a", "/b", "/c"), ...alertsAbout("/d"));
  const outcomes = (await first.settled(4)).map(({ target, state, why }) => `${target} ${why ?? state}`);
  expect(outcomes.sort()).toEqual(["/a done", "/b done", "/c budget", "/d done"]);
  await first.close();
  const second = scene(responses, settings, first.file);
  second.raise(...posted("/e"), ...alertsAbout("/f", "/g"));
  const later = (await second.settled(7)).slice(4).map(({ target, state, why }) => `${target} ${why ?? state}`);
  expect(later.sort()).toEqual(["/e budget", "/f done", "/g budget"]);
});
