import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { home } from "../src/agent/home.ts";
import { defaultRulesOf, readyRules } from "../src/agent/load/ready-rules.ts";
import { readSettings } from "../src/cli/settings.ts";
import { DocumentEngine } from "../src/engine/document-engine.ts";
import { isArray, isObject, type JsonObject, member } from "../src/event/document.ts";
import { parseJsonText } from "../src/event/json-text.ts";
import { Machine } from "../src/machine/machine.ts";
import { openInbox } from "../src/source/inbox.ts";
import { splitAudit } from "../src/source/k8s-audit/split.ts";
import { needs } from "./parts/needs.ts";

const LEVELS = ["None", "Metadata", "Request", "RequestResponse"];
const policy = policyOf(parse(readFileSync(join(home, "deploy/kubernetes/audit-policy.yaml"), "utf8")));
const shared = process.env.EYAS_SHARED ?? join(home, "../shared");
const recorded = join(shared, "conformance/k8s_audit/scenarios/audit-log.jsonl");

interface PolicyRule {
  readonly level: string;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly resources?: readonly GroupResources[];
}

interface GroupResources {
  readonly group: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Returns the policy, after checking its keys: an API server rejects unknown ones. */
function policyOf(value: unknown): { readonly omitStages: readonly string[]; readonly rules: readonly PolicyRule[] } {
  const whole = value as { omitStages: string[]; rules: PolicyRule[]; [key: string]: unknown };
  expect(Object.keys(whole).sort()).toEqual(["apiVersion", "kind", "omitManagedFields", "omitStages", "rules"]);
  expect([whole.apiVersion, whole.kind]).toEqual(["audit.k8s.io/v1", "Policy"]);
  const known = ["level", "users", "userGroups", "verbs", "namespaces", "nonResourceURLs", "resources"];
  for (const rule of whole.rules) {
    expect(known).toEqual(expect.arrayContaining(Object.keys(rule)));
    expect(LEVELS).toContain(rule.level);
    expect(rule.resources !== undefined && rule.nonResourceURLs !== undefined).toBe(false);
    for (const group of rule.resources ?? [])
      expect(["group", "resources", "resourceNames"]).toEqual(expect.arrayContaining(Object.keys(group)));
  }
  return whole;
}

/** Returns the level of the first rule that matches the request of an event, as an API server does. */
function levelOf(event: JsonObject): string {
  return policy.rules.find((rule) => matches(rule, event))?.level ?? "None";
}

function matches(rule: PolicyRule, event: JsonObject): boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [], nonResourceURLs = [] } = rule;
  const reference = member(event, "objectRef");
  const text = (key: string): string => String(member(reference, key) ?? "");
  const groups = member(member(event, "user"), "groups");
  if (users.length > 0 && !users.includes(String(member(member(event, "user"), "username")))) return false;
  if (userGroups.length > 0 && !(isArray(groups) && groups.some((group) => userGroups.includes(String(group)))))
    return false;
  if (verbs.length > 0 && !verbs.includes(String(event.verb))) return false;
  if (namespaces.length > 0 && !namespaces.includes(text("namespace"))) return false;
  if (resources.length > 0) {
    if (reference === undefined) return false;
    const subresource = text("subresource");
    const name = subresource === "" ? text("resource") : `${text("resource")}/${subresource}`;
    return resources.some(
      ({ group, resources: all = [], resourceNames: names = [] }) =>
        group === text("apiGroup") &&
        (all.length === 0 || all.includes(name)) &&
        (names.length === 0 || names.includes(text("name"))),
    );
  }
  if (nonResourceURLs.length === 0) return true;
  const path = String(event.requestURI).split("?")[0];
  return (
    reference === undefined &&
    nonResourceURLs.some((url) => (url.endsWith("*") ? path!.startsWith(url.slice(0, -1)) : path === url))
  );
}

/** Returns the event as it is logged with the policy; undefined if it is not logged. */
function underPolicy(event: JsonObject): JsonObject | undefined {
  const level = LEVELS.indexOf(levelOf(event));
  if (level === 0 || policy.omitStages.includes(String(event.stage))) return undefined;
  const { requestObject, responseObject, ...rest } = event;
  return {
    ...rest,
    ...(level >= 2 && requestObject !== undefined && { requestObject }),
    ...(level >= 3 && responseObject !== undefined && { responseObject }),
  };
}

/** Returns the matches of the default rules by event, without matches of the rules tagged "activity". */
async function alertsOf(events: readonly JsonObject[]): Promise<string[]> {
  const { config } = await readSettings({ option: ["rules[].disable.tag=activity"] });
  const rules = await readyRules(defaultRulesOf(["k8s_audit"]), config, "all", "test", { sources: ["k8s_audit"] });
  const { ruleset, raise } = rules.of("k8s_audit");
  const inbox = openInbox("k8s_audit", { most: Number.POSITIVE_INFINITY, mostBytes: Number.POSITIVE_INFINITY });
  const alerts: string[] = [];
  const engine = new DocumentEngine(inbox, new Machine(), ruleset, (rule, event) => {
    const id = String(member(event.document, "auditID"));
    alerts.push(`${raise(rule, event).rule} ${id}`);
  });
  for (const event of events) inbox.offer(splitAudit(event, { time: 0n }, 1e9).documents);
  engine.drain();
  return alerts.sort();
}

test("secrets and tokens are never logged, for any user", () => {
  for (const verb of ["get", "list", "watch", "create", "update", "patch", "delete"]) {
    for (const username of ["alice", "system:node:worker-1", "system:kube-controller-manager"]) {
      const event = (objectRef: JsonObject): JsonObject => ({
        verb,
        user: { username, groups: ["system:authenticated"] },
        objectRef,
      });
      expect(levelOf(event({ resource: "secrets", namespace: "shop" }))).toBe("Metadata");
      expect(levelOf(event({ resource: "serviceaccounts", subresource: "token" }))).toBe("Metadata");
      expect(levelOf(event({ resource: "tokenreviews", apiGroup: "authentication.k8s.io" }))).toBe("Metadata");
    }
  }
});

test("responses that grow with the cluster are not logged", () => {
  for (const verb of ["get", "list", "watch"]) {
    const level = levelOf({ verb, user: { username: "alice" }, objectRef: { resource: "pods" } });
    expect(level).toBe("Metadata");
  }
});

test("labels that are changed through subresources are logged", () => {
  const level = (verb: string, resource: string, subresource: string, groups: readonly string[] = []) =>
    levelOf({ verb, user: { username: "alice", groups }, objectRef: { resource, subresource, name: "a" } });
  expect(level("update", "namespaces", "finalize")).toBe("RequestResponse");
  expect(level("patch", "namespaces", "status")).toBe("RequestResponse");
  expect(level("patch", "nodes", "status")).toBe("Request");
  expect(level("update", "nodes", "status")).toBe("Metadata");
  expect(level("patch", "nodes", "status", ["system:nodes"])).toBe("None");
});

test("a lease change is logged only if another user changes a leader election of the control plane", () => {
  const levelFor = (username: string, groups: readonly string[], name: string, verb = "update"): string =>
    levelOf({
      ...{ verb, user: { username, groups: ["system:authenticated", ...groups] } },
      objectRef: { resource: "leases", apiGroup: "coordination.k8s.io", namespace: "kube-system", name },
    });
  const accounts = ["system:serviceaccounts", "system:serviceaccounts:kube-system"];
  const account = "system:serviceaccount:kube-system:";
  expect(levelFor("system:kube-scheduler", [], "kube-scheduler")).toBe("None");
  expect(levelFor(`${account}cloud-controller-manager`, accounts, "cloud-controller-manager")).toBe("None");
  expect(levelFor(`${account}external-provisioner`, accounts, "external-provisioner")).toBe("None");
  expect(levelFor(`${account}default`, accounts, "kube-scheduler")).toBe("Metadata");
  expect(levelFor(`${account}default`, accounts, "kube-controller-manager", "delete")).toBe("Metadata");
  expect(levelFor("system:node:n1", ["system:nodes"], "kube-scheduler", "patch")).toBe("Metadata");
  expect(levelFor("system:node:n1", ["system:nodes"], "kube-scheduler", "get")).toBe("None");
  expect(levelFor("mallory", [], "kube-scheduler")).toBe("Metadata");
});

test("the policy logs everything that the default rules use", needs("shared audit events"), async () => {
  const events = readFileSync(recorded, "latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parseJsonText(line))
    .filter(isObject);
  const whole = await alertsOf(events);
  const reduced = events.map(underPolicy).filter((event) => event !== undefined);
  expect(reduced.length).toBeLessThan(events.length);
  expect(whole.length).toBeGreaterThan(100);
  expect(await alertsOf(reduced)).toEqual(whole);
});
