import { expect, test } from "vitest";
import type { JsonObject } from "../../event/document.ts";
import { container } from "../../machine/container-info.ts";
import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import { type Pod, PodTable } from "../../machine/pods.ts";
import { callerFields } from "./caller.ts";

const machine = new Machine();
const pods = new PodTable();
machine.watchPods(pods);

function addPod(name: string, ip: string, hostNetwork = false): void {
  const pod: Pod = {
    ...{ name, uid: `uid-${name}`, cgroupUid: `uid-${name}`, labels: new Map(), namespace: "shop", ip, node: "n1" },
    ...{ serviceAccount: "", probes: new Map(), added: new Set() },
    containers: [container({ fullId: name.padEnd(64, "0"), name, hostNetwork })],
  };
  pods.put(pod);
}
addPod("web-1", "10.0.0.5");
addPod("proxy", "192.0.2.1", true);
addPod("old", "10.0.0.6");
addPod("new", "10.0.0.6");

function callerOf(event: JsonObject): readonly unknown[] {
  const observed = new Observed(machine);
  observed.document = { auditID: "1", ...event };
  return callerFields.map(({ bind }) => bind(undefined)(observed));
}

const account = "system:serviceaccount:shop:builder";
const extra = (name: string, value: readonly string[]) => ({ [`authentication.kubernetes.io/${name}`]: value });

test("a token that is bound to a pod identifies the pod", () => {
  const bound = { ...extra("pod-name", ["job-7"]), ...extra("pod-uid", ["u7"]) };
  expect(callerOf({ user: { username: account, extra: bound }, sourceIPs: ["10.0.0.5"] })).toEqual([
    ...["job-7", "shop", "u7"],
  ]);
});

test("without a bound token, the address of the client identifies a pod of this node", () => {
  expect(callerOf({ sourceIPs: ["10.0.0.5"] })).toEqual(["web-1", "shop", "uid-web-1"]);
  // Clients can prepend addresses to their own.
  expect(callerOf({ sourceIPs: ["10.0.0.5", "203.0.113.7"] })).toEqual(Array(3).fill(undefined));
});

test.for([
  ["of the node, which several pods have", { sourceIPs: ["192.0.2.1"] }],
  ["that two pods had", { sourceIPs: ["10.0.0.6"] }],
  ["of no pod", { sourceIPs: ["203.0.113.7"] }],
  ["that is missing", { sourceIPs: [] }],
  ["that is malformed", { sourceIPs: [{}], user: { username: 7, extra: [] } }],
] as const)("an address %s identifies no pod", ([, event]) => {
  expect(callerOf(event)).toEqual(Array(3).fill(undefined));
});

test("an ambiguous or malformed token identifies no pod", () => {
  for (const value of [["a", "b"], []])
    expect(callerOf({ user: { extra: extra("pod-name", value) } })[0]).toBeUndefined();
});
