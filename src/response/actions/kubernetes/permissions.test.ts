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
  it.each([...names, CLUSTER_EVENTS])("has a role for %s with exactly the required permissions", (name) => {
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

/** Test cases that together use all permissions of an action. */
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
    const target = { service: { namespace: "shop", name: "wrong" } };
    for (const [resource, { isNamespaced }] of Object.entries(deletable))
      server.put(resource, object(isNamespaced ? "shop" : "", "wrong", { spec: target }, created));
    putHeld(server);
    putAccess(server);
  });

  const created = { creationTimestamp: "2026-07-30T12:34:50Z" };
  const others = [
    { kind: "User", name: "mallory" },
    { kind: "User", name: "alice" },
  ];

  /** Adds objects that Eyas changed because of pods. */
  function putHeld(server: TestCluster["server"]): void {
    const managed = { "app.kubernetes.io/managed-by": "eyas" };
    const held = (pods: string): Facts => ({
      annotations: { "eyas/held-for": pods, "eyas/former-replicas": "2" },
      labels: managed,
    });
    for (const resource of ["networkpolicies", "networkpolicies.projectcalico.org", "ciliumnetworkpolicies"])
      server.put(resource, object("shop", "eyas-held", {}, held("shop/web-1,shop/web-2")));
    server.put("networkpolicies", object("shop", "eyas-isolation", {}, held("")));
    server.put("nodes", object("", "node-2", { spec: { unschedulable: true } }, held("shop/web-1")));
    for (const resource of scaled)
      server.put(resource, object("shop", "held", { spec: { replicas: 0 } }, held(`shop/${resource}`)));
  }

  const scaled = ["deployments", "replicasets", "statefulsets", "replicationcontrollers"];

  /** Adds bindings, a service account and a certificate signing request. */
  function putAccess(server: TestCluster["server"]): void {
    for (const resource of ["rolebindings", "clusterrolebindings"]) {
      const namespace = resource === "rolebindings" ? "shop" : "";
      server.put(resource, object(namespace, "one", { subjects: others.slice(0, 1) }, created));
      server.put(resource, object(namespace, "two", { subjects: others }, created));
    }
    const secrets = [{ name: "default-token-a" }];
    server.put("serviceaccounts", object("shop", "default", { secrets }, { uid: "old" }));
    const changed = new Set<string>();
    server.interrupt = (asked) => {
      // A controller creates the account before Eyas does.
      if (asked === "POST /api/v1/namespaces/shop/serviceaccounts")
        server.put("serviceaccounts", object("shop", "default", {}, { uid: "new" }));
      // Another client changes the binding once.
      const [, resource = ""] = /^DELETE .*\/((?:role|clusterrole)bindings)\/one$/.exec(asked) ?? [];
      const facts = server.get(resource || "rolebindings", resource === "rolebindings" ? "shop" : "", "one");
      if (resource !== "" && facts !== undefined && !changed.has(resource)) server.put(resource, facts);
      changed.add(resource);
      return undefined;
    };
  }

  const audited = (resource: string, name: string, more = {}) =>
    alertWith({
      ...{ "ka.target.resource": resource, "ka.target.name": name, "ka.target.namespace": "shop" },
      ...{ "ka.response.code": "201", "ka.user.name": "mallory", ...more },
    });
  const bindings = (): AlertRecord[] =>
    ["rolebindings", "clusterrolebindings"].flatMap((resource) => {
      const more = { "ka.req.binding.subjects": [JSON.stringify(others[0])] };
      return [audited(resource, "one", more), audited(resource, "two", more)];
    });
  const reconnections = (): Case[] => [[web()], [cluster.about("shop", "web-2")]];

  const owners = [
    ["ReplicaSet", "replicasets", "apps/v1"],
    ["StatefulSet", "statefulsets", "apps/v1"],
    ["DaemonSet", "daemonsets", "apps/v1"],
    ["ReplicationController", "replicationcontrollers", "v1"],
  ] as const;

  const web = (more = {}) => cluster.about("shop", "web-1", more);
  const ofOwners = (given: Case[1] = {}, more = {}): Case[] =>
    owners.map(([kind]) => [cluster.about("shop", `own-${kind.toLowerCase()}`, more), given]);
  /** The second case of a pod updates the policy that the first one created. */
  const policies = (): Case[] => {
    const remote = { "fd.rip": "203.0.113.9" };
    return [...ofOwners({}, remote), [web(remote)], [web(remote)]];
  };
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
    "kubernetes:delete": () => Object.keys(deletable).map((resource) => [audited(resource, "wrong")]),
    "kubernetes:unbind": () => bindings().map((alert) => [alert]),
    "kubernetes:revoke": () => [[audited("pods", "web-1")], [web(), { account: "pod" }]],
    "kubernetes:rotate": () => [
      [web(), { account: "pod", tokens: "legacy" }],
      [web(), { account: "pod" }],
    ],
    "kubernetes:deny": () => [[audited("certificatesigningrequests", "wrong")]],
    "kubernetes:uncordon": () => [[web()]],
    "kubernetes:rescale": () => scaled.map((name) => [alertWith({ "k8s.ns.name": "shop", "k8s.pod.name": name })]),
    "kubernetes:reconnect": reconnections,
    "calico:reconnect": reconnections,
    "cilium:reconnect": reconnections,
    "kubernetes:isolate": () => [[web()], [alertWith({ "k8s.ns.name": "data" })]],
    "kubernetes:unisolate": () => [[web()]],
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
