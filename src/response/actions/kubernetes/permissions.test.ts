import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { alertWith } from "../../../../test/response/alert.ts";
import { granted, startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { execServer } from "../../../../test/stand-in/kubernetes/exec.ts";
import { object, ownedBy, podFacts } from "../../../../test/stand-in/kubernetes/objects.ts";
import { wrongWith } from "../../../../test/stand-in/kubernetes/schema.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { type Facts, factsOf, listOf, textOf } from "../../../transport/json.ts";
import type { Action } from "../../action.ts";
import { actions } from "../../list.ts";
import { clusterEventGrants } from "../../notifier/cluster-events.ts";
import { CLUSTER_EVENTS } from "../../notifier/list.ts";
import { deletable } from "./objects.ts";
import { grantText } from "./permissions.ts";

// kubernetes:sysdig sends no request to the cluster.
const names = Object.keys(actions).filter((name) => /^(kubernetes:(?!sysdig)|calico:|cilium:)/.test(name));
const loaded = new Map<string, Action>();
for (const name of names) loaded.set(name, await actions[name]!());

const text = readFileSync(join(import.meta.dirname, "../../../../deploy/kubernetes/response-rbac.yaml"), "utf8");
const documents: Facts[] = parseAllDocuments(text).map((document) => factsOf(document.toJS()));

function documentOf(kind: string, name: string): Facts {
  return documents.find((each) => each.kind === kind && factsOf(each.metadata).name === name) ?? {};
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(textOf) : []);

describe("deploy/kubernetes/response-rbac.yaml", () => {
  it.each([...names, CLUSTER_EVENTS])("has a role for %s, with what it says it needs, and no more", (name) => {
    const id = `eyas-response-${name.replace(":", "-")}`;
    const role = documentOf("ClusterRole", id);
    const rules = listOf(role.rules).flatMap(({ apiGroups, resources, verbs }) =>
      list(apiGroups).flatMap((group) =>
        list(resources).flatMap((resource) => list(verbs).map((verb) => `${verb} ${resource}${group && `.${group}`}`)),
      ),
    );
    const permissions = name === CLUSTER_EVENTS ? clusterEventGrants.map(grantText) : loadedAction(name).permissions;
    expect(new Set(rules)).toEqual(granted({ permissions }));
    const binding = documentOf("ClusterRoleBinding", id);
    expect(binding).toMatchObject({ roleRef: { kind: "ClusterRole", name: id }, subjects: [{ name: "eyas" }] });
    for (const each of [role, binding]) {
      expect(wrongWith(each, `V1${textOf(each.kind)}`)).toEqual([]);
      expect(each.metadata).toMatchObject({ labels: { "eyas/action": name.replace(":", "-") } });
    }
  });

  it("contains nothing else", () => {
    expect(documents).toHaveLength((names.length + 1) * 2);
    expect(text).not.toContain("*");
  });
});

function loadedAction(name: string): Action {
  const action = loaded.get(name);
  if (action === undefined) throw new Error(`no action ${name}`);
  return action;
}

/** Cases that together need all permissions of an action. */
type Case = readonly [alert: AlertRecord, given?: Readonly<Record<string, unknown>>];

describe("against a stand-in that implements the documented API strictly: each stated permission is needed", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    const { server } = cluster;
    server.exec = execServer().serve;
    server.logs.set("shop/web-1/app", "line\n");
    const spec = { replicas: 2, selector: { matchLabels: { app: "own" } } };
    const facts = { spec, status: { readyReplicas: 2 } };
    for (const [kind, resource, apiVersion] of owners) {
      server.put(resource, object("shop", "own", facts, { uid: "uid-of-own" }));
      server.put("pods", podFacts("shop", `own-${kind.toLowerCase()}`, ownedBy(kind, "own", apiVersion)));
    }
    server.put("deployments", object("shop", "web", { spec }, { uid: "uid-of-web" }));
    for (const [resource, { isNamespaced }] of Object.entries(deletable))
      server.put(resource, object(isNamespaced ? "shop" : "", "wrong"));
  });

  const owners = [
    ["ReplicaSet", "replicasets", "apps/v1"],
    ["StatefulSet", "statefulsets", "apps/v1"],
    ["DaemonSet", "daemonsets", "apps/v1"],
    ["ReplicationController", "replicationcontrollers", "v1"],
  ] as const;

  const web = (more = {}) => cluster.about("shop", "web-1", more);
  const ofOwners = (given: Case[1] = {}, more = {}): Case[] =>
    owners.map(([kind]) => [cluster.about("shop", `own-${kind.toLowerCase()}`, more), given]);
  const policies = (): Case[] => [...ofOwners({}, { "fd.rip": "203.0.113.9" }), [web({ "fd.rip": "203.0.113.9" })]];
  const inPod = { command: "true", script: "true", additional_contexts: ["k8snode"] };
  const output = { target: "local:file", parameters: { destination: "/proc/none" } };

  const cases: Readonly<Record<string, () => readonly Case[]>> = {
    "kubernetes:terminate": () => ofOwners({ min_healthy_replicas: "2" }),
    "kubernetes:label": () => [
      [web(), { labels: { a: "b" } }],
      [web(), { labels: { a: "b" }, level: "node" }],
    ],
    "kubernetes:annotation": () => [
      [web(), { annotations: { a: "b" } }],
      [web(), { annotations: { a: "b" }, level: "node" }],
    ],
    "kubernetes:networkpolicy": policies,
    "calico:networkpolicy": policies,
    "cilium:networkpolicy": policies,
    "kubernetes:cordon": () => [[web()]],
    "kubernetes:drain": () => [[web(), { min_healthy_replicas: "1" }]],
    "kubernetes:scale": () => [...ofOwners(), [web()]],
    "kubernetes:delete": () =>
      Object.entries(deletable).map(([resource]) => [
        alertWith({ "ka.target.resource": resource, "ka.target.name": "wrong", "ka.target.namespace": "shop" }),
      ]),
    "kubernetes:exec": () => [[web(), { command: "true", additional_contexts: inPod.additional_contexts }]],
    "kubernetes:script": () => [[web(), { script: "true", additional_contexts: inPod.additional_contexts }]],
    "kubernetes:download": () => [
      [web(), { file: "/etc/hostname", output, additional_contexts: inPod.additional_contexts }],
    ],
    "kubernetes:log": () => [[web()]],
    "kubernetes:tcpdump": () => [[web(), { output, duration: 1 }]],
  };

  it.each(names)("%s", async (name) => {
    const action = loadedAction(name);
    for (const [alert, given] of cases[name]?.() ?? []) await cluster.run(action, alert, given);
    expect([...cluster.server.needed].sort()).toEqual([...granted(action)].sort());
  });
});
