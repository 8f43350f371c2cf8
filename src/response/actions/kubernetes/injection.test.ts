import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertWith } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { execServer } from "../../../../test/stand-in/kubernetes/exec.ts";
import { object } from "../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { type Facts, factsOf } from "../../../transport/json.ts";
import { actions } from "../../list.ts";

// kubernetes:sysdig sends no request to the cluster.
const names = Object.keys(actions).filter((name) => /^(kubernetes:(?!sysdig)|calico:|cilium:)/.test(name));
const output = { target: "local:file", parameters: { destination: "/proc/none" } };

/** Required parameters of actions. */
const given: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "kubernetes:label": { labels: { a: "b" } },
  "kubernetes:annotation": { annotations: { a: "b" } },
  "kubernetes:exec": { command: 'test "$PROC_CMDLINE" != ""' },
  "kubernetes:script": { script: 'test "$PROC_CMDLINE" != ""' },
  "kubernetes:download": { file: "${PROC_CMDLINE}", output },
  "kubernetes:tcpdump": { output, image: "missing" },
  "kubernetes:revoke": { account: "pod" },
  "kubernetes:rotate": { account: "pod" },
};

/** Actions on a pod's namespace. They do not read the name of the pod. */
const ofNamespace = ["kubernetes:isolate", "kubernetes:unisolate"];

const held = { "eyas/held-for": "shop/web-1", "eyas/former-replicas": "2" };
const policy = (name: string) =>
  object("shop", name, {}, { labels: { "app.kubernetes.io/managed-by": "eyas" }, annotations: held });
const created = { creationTimestamp: "2026-07-30T12:34:50Z" };
const mallory = { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "mallory" };
const ofPod = { kind: "ServiceAccount", namespace: "shop", name: "default" };

/** Objects in the cluster and alert fields that actions need. */
const scenes: Readonly<Record<string, readonly [resource: string, Facts, fields?: Readonly<Record<string, string>>]>> =
  {
    "kubernetes:reconnect": ["networkpolicies", policy("eyas-web")],
    "calico:reconnect": ["networkpolicies.projectcalico.org", policy("eyas-web")],
    "cilium:reconnect": ["ciliumnetworkpolicies", policy("eyas-web")],
    "kubernetes:unisolate": ["networkpolicies", policy("eyas-isolation")],
    "kubernetes:uncordon": ["nodes", object("", "node-2", { spec: { unschedulable: true } }, { annotations: held })],
    "kubernetes:rescale": ["deployments", object("shop", "old", { spec: { replicas: 0 } }, { annotations: held })],
    "kubernetes:revoke": ["rolebindings", object("shop", "web", { subjects: [ofPod] })],
    "kubernetes:rotate": ["serviceaccounts", object("shop", "default")],
    "kubernetes:unbind": [
      "rolebindings",
      object("shop", "web", { subjects: [mallory] }, created),
      { "ka.target.resource": "rolebindings", "ka.response.code": "201" },
    ],
    "kubernetes:deny": [
      "certificatesigningrequests",
      object("", "web", { spec: { signerName: "kubernetes.io/kube-apiserver-client" } }, created),
      { "ka.target.resource": "certificatesigningrequests", "ka.response.code": "201" },
    ],
  };

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
    cluster.server.exec = execServer().serve;
  });
  afterAll(() => cluster.server.stop());

  describe.each(names)("%s", (name) => {
    it("sends no request for invalid names, namespaces or addresses", async () => {
      const action = await actions[name]!();
      cluster.reset();
      for (const text of Object.values(hostile)) {
        const others = { "fd.rip": "203.0.113.9", "ka.target.resource": "configmaps" };
        const alerts = [
          {
            "k8s.pod.name": text,
            "k8s.ns.name": "shop",
            "ka.target.name": text,
            "ka.target.namespace": "shop",
            ...others,
          },
          {
            "k8s.pod.name": "web-1",
            "k8s.ns.name": text,
            "ka.target.name": "web",
            "ka.target.namespace": text,
            ...others,
          },
        ];
        for (const fields of ofNamespace.includes(name) ? alerts.slice(1) : alerts) {
          const alert = alertWith(fields);
          expect(action.target(alert, given[name] ?? {})).toHaveProperty("missing");
          expect(await cluster.run(action, alert, given[name])).toMatchObject({ outcome: "failed" });
        }
      }
      expect(cluster.server.asked).toEqual([]);
    });

    it("treats all other text of an alert as data", async () => {
      const action = await actions[name]!();
      cluster.reset();
      cluster.server.put("configmaps", { metadata: { namespace: "shop", name: "web" } });
      const [resource, facts, fieldsOfScene = {}] = scenes[name] ?? [];
      if (resource !== undefined && facts !== undefined) cluster.server.put(resource, facts);
      const texts = Object.values(hostile);
      const all = texts.join("\n");
      const fields = {
        ...Object.fromEntries(
          texts.flatMap((text, i) => [
            [`proc.aname[${i}]`, text],
            [`k8s.pod.label[${text}]`, text],
          ]),
        ),
        ...{ "fd.rip": "203.0.113.9", "fd.name": all, "proc.cmdline": all },
        ...{ "ka.target.resource": "configmaps", "ka.target.name": "web", "ka.target.namespace": "shop" },
        ...{ "ka.user.groups": texts, "ka.target.subresource": "" },
        ...fieldsOfScene,
      };
      const alert = { ...cluster.about("shop", "web-1", fields), rule: all, output: all, tags: texts };
      const target = action.target(alert, given[name] ?? {});
      expect(target).toHaveProperty("target");
      const result = await cluster.run(action, alert, given[name]);
      for (const words of [...Object.values(target), ...Object.values(result)])
        expect(words).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      // No path contains the injected text, and the server recognized all requests.
      for (const asked of cluster.server.asked) expect(asked).toMatch(/^[A-Z]+ (\/[a-z0-9.-]+)+$/);
      if (!/download|tcpdump|log/.test(name)) expect(result).toMatchObject({ outcome: "done" });
      const policies = ["networkpolicies", "networkpolicies.projectcalico.org", "ciliumnetworkpolicies"];
      for (const policy of policies.flatMap((resource) => cluster.server.all(resource)))
        expect(factsOf(policy.metadata).annotations).toMatchObject({ "eyas/rule": all.toWellFormed() });
      expect(existsSync("/tmp/eyas-was-here")).toBe(false);
    });
  });
});
