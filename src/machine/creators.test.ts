import { expect, test } from "vitest";
import type { JsonObject } from "../event/document.ts";
import { type CreatorRecord, Creators } from "./creators.ts";

const AT = Date.UTC(2026, 10, 27, 12);
const CONTROLLERS = "system:serviceaccount:kube-system";

interface Change {
  readonly user: string;
  readonly resource: string;
  readonly uid: string;
  readonly verb?: string;
  readonly owner?: string;
  readonly generation?: number;
  readonly observed?: number;
  readonly namespace?: string;
}

/** A successful change in the form in which an API server reports it. */
function change({ user, resource, uid, verb = "create", owner, generation, observed, namespace = "shop" }: Change) {
  const ownerReferences = owner === undefined ? [] : [{ kind: "X", uid: owner, controller: true }];
  return {
    ...{ kind: "Event", stage: "ResponseComplete", verb, requestURI: "/x", user: { username: user } },
    ...{ objectRef: { resource, namespace, name: uid }, responseStatus: { code: verb === "create" ? 201 : 200 } },
    requestReceivedTimestamp: new Date(AT).toISOString(),
    responseObject: {
      metadata: { uid, ownerReferences, ...(generation !== undefined && { generation }) },
      ...(observed !== undefined && { status: { observedGeneration: observed } }),
    },
  } satisfies JsonObject;
}

const created = (resource: string, uid: string, owner: string, controller: string): JsonObject =>
  change({ user: `${CONTROLLERS}:${controller}-controller`, resource, uid, owner });

function after(...events: readonly JsonObject[]): (uid: string) => string | undefined {
  const creators = new Creators();
  for (const event of events) creators.audit(event);
  return (uid) => creators.of({ uid, namespace: "shop", name: uid, created: undefined });
}

const deployment = change({ user: "alice", resource: "deployments", uid: "d", generation: 1 });
const edit = (user: string, generation: number, observed: number) =>
  change({ user, resource: "deployments", uid: "d", verb: "patch", generation, observed });

test("a pod has the creator from its own event, or from its deployment", () => {
  const of = after(
    change({ user: "bob", resource: "pods", uid: "single" }),
    deployment,
    created("replicasets", "r", "d", "deployment"),
    created("pods", "p", "r", "replicaset"),
  );
  expect([of("single"), of("p"), of("other")]).toEqual(["bob", "alice", undefined]);
});

test("the user who last changed a deployment is the creator of its later pods, but not of its earlier pods", () => {
  const of = after(
    ...[deployment, created("replicasets", "r1", "d", "deployment"), created("pods", "p1", "r1", "replicaset")],
    ...[edit("bob", 2, 1), created("replicasets", "r2", "d", "deployment"), created("pods", "p2", "r2", "replicaset")],
    ...[edit("carol", 2, 2), created("pods", "p3", "r2", "replicaset"), created("pods", "p4", "r1", "replicaset")],
  );
  expect(["p1", "p2", "p3", "p4"].map(of)).toEqual(["alice", "bob", "bob", "alice"]);
});

test("for a deployment that already existed, only a change of its specification counts", () => {
  const pods = [created("replicasets", "r", "d", "deployment"), created("pods", "p", "r", "replicaset")];
  expect(after(edit("bob", 5, 4), ...pods)("p")).toBe("bob");
  expect(after(edit("bob", 5, 5), ...pods)("p")).toBeUndefined();
});

test("events that arrive in another order are joined", () => {
  const of = after(created("pods", "p", "r", "replicaset"), created("replicasets", "r", "d", "deployment"), deployment);
  expect(of("p")).toBe("alice");
});

test("an owner that a user specifies does not change the creator of a pod", () => {
  const of = after(deployment, change({ user: "mallory", resource: "pods", uid: "p", owner: "d" }));
  expect(of("p")).toBe("mallory");
  const cycle = after(created("pods", "a", "b", "job"), created("jobs", "b", "a", "cronjob"));
  expect(cycle("a")).toBeUndefined();
});

test("rejected requests, dry runs and subresources create nothing", () => {
  const pod = change({ user: "bob", resource: "pods", uid: "p" });
  const of = after(
    { ...pod, responseStatus: { code: 403 } },
    { ...pod, requestURI: "/x?dryRun=All" },
    { ...pod, stage: "RequestReceived" },
    { ...pod, objectRef: { ...pod.objectRef, subresource: "binding" } },
    ...[{}, { verb: "create" }, { ...pod, user: null }, { ...pod, objectRef: [] }, { ...pod, responseObject: 1 }],
  );
  expect(of("p")).toBeUndefined();
});

test("a pod whose event was truncated is identified by name and creation time", () => {
  const creators = new Creators();
  const { responseObject: _, ...truncated } = change({ user: "bob", resource: "pods", uid: "web-1" });
  creators.audit(truncated);
  const of = (created: number | undefined) => creators.of({ uid: "u", namespace: "shop", name: "web-1", created });
  expect([of(AT), of(AT + 60_000), of(AT - 60_000), of(undefined)]).toEqual(["bob", ...Array(3).fill(undefined)]);
});

test("a change without a body makes the creators of later pods unknown, but not of earlier pods", () => {
  const { responseObject: _, ...truncated } = edit("mallory", 2, 1);
  const pods = (n: number) => [
    created("replicasets", `r${n}`, "d", "deployment"),
    created("pods", `p${n}`, `r${n}`, "replicaset"),
  ];
  const of = after(deployment, ...pods(1), truncated, ...pods(2), edit("bob", 3, 2), ...pods(3));
  expect(["p1", "p2", "p3"].map(of)).toEqual(["alice", undefined, "bob"]);
});

test("a change after the creation of an object does not affect its creator", () => {
  const later = { ...edit("bob", 2, 1), requestReceivedTimestamp: new Date(AT + 1000).toISOString() };
  const pods = [created("replicasets", "r", "d", "deployment"), created("pods", "p", "r", "replicaset")];
  expect([after(...pods, later)("p"), after(later, ...pods)("p")]).toEqual([undefined, undefined]);
});

test("a parameter that only resembles dryRun does not hide a creation", () => {
  const hidden = { ...change({ user: "mallory", resource: "pods", uid: "p" }), requestURI: "/x?x=1?dryRun=All" };
  expect(after(hidden)("p")).toBe("mallory");
  expect(after({ ...hidden, requestURI: "/x?dryRun=All" })("p")).toBeUndefined();
});

test("creators that cannot change are recorded, and a later process uses the records", () => {
  const first = new Creators();
  const records: CreatorRecord[] = [];
  first.recorded = (record) => records.push(record);
  const { responseObject: _, ...truncated } = change({
    user: "mallory",
    resource: "replicasets",
    uid: "r2",
    verb: "patch",
  });
  for (const event of [
    ...[deployment, created("replicasets", "r", "d", "deployment"), created("pods", "p", "r", "replicaset")],
    ...[change({ user: "bob", resource: "pods", uid: "single" }), created("pods", "of-unknown", "x", "replicaset")],
    ...[change({ user: "carol", resource: "statefulsets", uid: "s" }), created("pods", "s-0", "s", "statefulset")],
    ...[change({ user: "dave", resource: "replicasets", uid: "r2" }), truncated],
  ])
    first.audit(event);
  expect(records.map(({ uid, user }) => `${uid} ${user}`)).toEqual([
    ...["r alice", "p alice", "single bob", "s-0 carol", "r2 dave", "r2 "],
  ]);
  const second = new Creators();
  for (const record of first.records()) second.restore(record);
  const later = ["r", "s", "r2"].map((owner, i) =>
    created("pods", `later-${i}`, owner, owner === "s" ? "statefulset" : "replicaset"),
  );
  for (const event of later) second.audit(event);
  const of = (uid: string) => second.of({ uid, namespace: "shop", name: uid, created: undefined });
  // The template of the stateful set may have changed while no process ran.
  expect(["p", "single", "s-0", "later-0", "later-1", "later-2"].map(of)).toEqual([
    ...["alice", "bob", "carol", "alice", undefined, undefined],
  ]);
});

test("a flood in one namespace does not displace objects of other namespaces", () => {
  const creators = new Creators(64);
  creators.audit(change({ user: "alice", resource: "pods", uid: "p" }));
  for (let i = 0; i < 1000; i++)
    creators.audit(change({ user: "mallory", resource: "pods", uid: `m${i}`, namespace: "dev" }));
  const of = (uid: string) => creators.of({ uid, namespace: "", name: "", created: undefined });
  expect([of("p"), of("m999"), of("m0")]).toEqual(["alice", "mallory", undefined]);
});
