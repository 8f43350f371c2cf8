import { describe, expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { actionOf, noLimits, responsesOf, succeeds } from "../../../test/response/scene.ts";
import type { AlertRecord, FieldValue } from "../../alert/record.ts";
import { action as download } from "../actions/kubernetes/exec/download.ts";
import { action as exec } from "../actions/kubernetes/exec/exec.ts";
import { action as script } from "../actions/kubernetes/exec/script.ts";
import { action as calico } from "../actions/kubernetes/network/calico.ts";
import { action as cilium } from "../actions/kubernetes/network/cilium.ts";
import type { Response } from "../rule/response.ts";
import { openLimits } from "./limits.ts";

const NOW = 1_785_414_900_000;
const shares = { workload: 0.5, subject: 0.5, reserve: 0.15 };
const settings = { ...noLimits, shares, cooldown: 600_000 };

const about = (fields: Readonly<Record<string, FieldValue>>): AlertRecord =>
  alertWith({ "k8s.ns.name": "shop", "k8s.pod.name": "web-1", "container.id": "0123456789ab", ...fields });

const load = (actions: string): Promise<readonly Response[]> =>
  responsesOf(`- {response: A, match: rule exists, actions: [${actions}]}`, [calico, cilium, download, exec, script]);

/** Returns whether each action runs for each alert, or why it does not. */
function run(
  [response]: readonly Response[],
  alerts: readonly AlertRecord[],
  limits = openLimits(settings, () => undefined),
) {
  return alerts.flatMap((alert) =>
    response!.actions.map((action, place) => {
      const found = action.action.target(alert, action.parameters);
      if ("missing" in found) return found.missing;
      const candidate = { response: response!, place, action, alert, target: found.target, scope: undefined };
      return limits.admit(candidate, NOW)?.why ?? "runs";
    }),
  );
}

describe("the cooldown of an action", () => {
  it.each(["calico:networkpolicy", "cilium:networkpolicy"])(
    "%s applies to one remote address of a pod",
    async (name) => {
      const remotes = ["203.0.113.1", "203.0.113.2", "203.0.113.1"].map((remote) => about({ "fd.rip": remote }));
      expect(run(await load(name), remotes)).toEqual(["runs", "runs", "cooldown"]);
    },
  );

  it("that denies an address does not replace budgets: many addresses exhaust the share of one subject", async () => {
    const remotes = Array.from({ length: 250 }, (_, i) => about({ "fd.rip": `203.0.113.${i}` }));
    const limits = openLimits(
      { ...settings, budget: { ...noLimits.budget, all: { most: 120, window: 600_000 } } },
      () => undefined,
    );
    const outcomes = run(await load("calico:networkpolicy"), remotes, limits);
    expect(outcomes.filter((each) => each === "runs")).toHaveLength(26);
    expect(outcomes.slice(26)).toEqual(Array(224).fill("budget"));
  });

  it("that runs a program applies to one program, and to the values of the variables in it", async () => {
    const scripts =
      '{action: kubernetes:script, parameters: {script: ps}}, {action: kubernetes:script, parameters: {script: "cat $FD_NAME"}}';
    const files = ["/a", "/a", "/b"].map((name) => about({ "fd.name": name, "proc.pid": Math.random() }));
    expect(run(await load(scripts), files)).toEqual(["runs", "runs", "cooldown", "cooldown", "cooldown", "runs"]);
    const commands =
      '{action: kubernetes:exec, parameters: {command: "cat ${FD_NAME%/*}"}}, {action: kubernetes:exec, parameters: {command: id}}';
    expect(run(await load(commands), files)).toEqual(["runs", "runs", "cooldown", "cooldown", "runs", "cooldown"]);
  });

  it("applies to one combination of parameters, in any order and except secrets", async () => {
    const text = { about: "", takes: "", check: String };
    const does = actionOf(succeeds, { parameters: { a: text, b: text, key: { ...text, secret: true } } });
    const found = await Promise.all(
      ["a: 1, b: 2", "a: 1, b: 3", "b: 2, a: 1", "a: 1, b: 2, key: x"].map((given) =>
        responsesOf(`- {response: A, match: rule exists, actions: [{action: "test:do", parameters: {${given}}}]}`, [
          does,
        ]),
      ),
    );
    const limits = openLimits(settings, () => undefined);
    const outcomes = found.flatMap((responses) => run(responses, [about({ "fd.name": "/a" })], limits));
    expect(outcomes).toEqual(["runs", "runs", "cooldown", "cooldown"]);
  });

  it("kubernetes:download applies to one file of a pod, also after a restart", async () => {
    const responses = await load(
      'action: kubernetes:download, parameters: {file: "${FD_NAME}", output: {target: local:file, parameters: {destination: /tmp}}}'.replace(
        /^.*$/,
        "{$&}",
      ),
    );
    const [first, second] = ["/a", "/b"].map((name) => about({ "fd.name": name }));
    expect(run(responses, [first!, second!, first!])).toEqual(["runs", "runs", "cooldown"]);
    const limits = openLimits(settings, () => undefined);
    const step = { seq: 1, response: "A", place: 0, action: "kubernetes:download", target: "pod shop/web-1" };
    limits.restore([{ ...step, scope: undefined, state: "done", asked: NOW, received: false }], responses, () => first);
    expect(run(responses, [first!, second!], limits)).toEqual(["cooldown", "runs"]);
  });
});
