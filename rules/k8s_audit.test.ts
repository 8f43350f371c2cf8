/**
 * The default rules for audit events, compared with Falco's rules on the recorded scenarios. Falco's rules are not in
 * the repository; tests that require them are skipped if they are absent.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultRules, readyRules, type SourceRules } from "../src/agent/load/ready-rules.ts";
import type { RuleAlert } from "../src/alert/alert.ts";
import { Folding } from "../src/alert/folding/folding.ts";
import { limitsFor } from "../src/alert/folding/limits.ts";
import { pathOf } from "../src/alert/folding/path.ts";
import { loadConfig } from "../src/config/load.ts";
import { DocumentEngine } from "../src/engine/document-engine.ts";
import { type Document, member } from "../src/event/document.ts";
import { documentVocabulary } from "../src/field/catalogue.ts";
import { classesOfSource } from "../src/field/sources.ts";
import { Machine } from "../src/machine/machine.ts";
import type { Observed } from "../src/machine/observed.ts";
import { priorities } from "../src/rule/rule.ts";
import { openInbox } from "../src/source/inbox.ts";
import { documentsIn } from "../src/source/recorded/documents.ts";
import { readerOf } from "../src/source/sources.ts";
import { needs } from "../test/parts/needs.ts";

const home = join(import.meta.dirname, "..");
const upstream = join(process.env.EYAS_SHARED ?? join(home, "../shared"), "upstream-rules/k8s_audit_rules.yaml");
const own = join(import.meta.dirname, "k8s_audit.yaml");
const { config } = await loadConfig(undefined);

const CREATED = "Pod or workload created in system namespace";

/** The default rules that correspond to each rule of Falco. */
const COUNTERPARTS: Readonly<Record<string, readonly string[]>> = {
  "Disallowed K8s User": ["API request by unknown user"],
  "Create Disallowed Pod": ["Pod created from unknown image"],
  "Create Privileged Pod": ["Privileged pod created", "Privileged pod creation attempted", "Pod rejected by pod security admission"],
  "Create Sensitive Mount Pod": ["Sensitive host path mounted in pod"],
  "Create HostNetwork Pod": ["Pod created with host network"],
  "Create HostPid Pod": ["Pod created with host PID namespace"],
  "Create HostIPC Pod": ["Pod created with host IPC namespace"],
  "Create NodePort Service": ["Service exposed through NodePort"],
  "Create/Modify Configmap With Private Credentials": ["Credential stored in ConfigMap"],
  "Anonymous Request Allowed": ["Anonymous API request allowed"],
  "Attach/Exec Pod": ["Pod exec or attach session opened", "Pod exec or attach session opened in system namespace", "API request denied by authorization"],
  "port-forward": ["Pod port-forward session opened"],
  "EphemeralContainers Created": ["Debug container added to pod", "Privileged debug container added to pod", "API request denied by authorization"],
  "Create Disallowed Namespace": ["Namespace created", "Namespace created with reserved kube- prefix", "API request denied by authorization"],
  "Pod Created in Kube Namespace": [CREATED],
  "Service Account Created in Kube Namespace": ["Service account created in system namespace", "Service account token requested in system namespace"],
  "System ClusterRole Modified/Deleted": ["Built-in RBAC role modified or deleted"],
  "Attach to cluster-admin Role": ["Cluster-admin role bound"],
  "ClusterRole With Wildcard Created": ["Wildcard permission granted in RBAC role"],
  "ClusterRole With Write Privileges Created": ["Write permission granted in RBAC role"],
  "ClusterRole With Pod Exec Created": ["Pod exec permission granted in RBAC role"],
  "K8s Deployment Created": ["Workload created"],
  "K8s Deployment Deleted": ["Workload deleted"],
  "K8s Service Created": ["Service created"],
  "K8s Service Deleted": ["Service deleted"],
  "K8s ConfigMap Created": ["ConfigMap created"],
  "K8s ConfigMap Deleted": ["ConfigMap deleted"],
  "K8s Namespace Created": ["Namespace created"],
  "K8s Namespace Deleted": ["Namespace deleted"],
  "K8s Serviceaccount Created": ["Service account created", "Service account token requested", "Service account token requested in system namespace"],
  "K8s Serviceaccount Deleted": ["Service account deleted"],
  "K8s Role Created": ["Role created"],
  "K8s Role Deleted": ["Role deleted"],
  "K8s ClusterRole Created": ["Role created"],
  "K8s ClusterRole Deleted": ["Role deleted"],
  "K8s RoleBinding Created": ["Role binding created"],
  "K8s RoleBinding Deleted": ["Role binding deleted"],
  "K8s ClusterRoleBinding Created": ["Role binding created"],
  "K8s ClusterRoleBinding Deleted": ["Role binding deleted"],
  "K8s Secret Created": ["Secret created"],
  "K8s Secret Deleted": ["Secret deleted"],
  "K8s Secret Get Successfully": ["Secret read by human user", "Secret read in system namespace"],
  "K8s Secret Get Unsuccessfully Tried": ["Secret access denied"],
  "All K8s Audit Events": ["API request received"],
  "Full K8s Administrative Access": ["Administrator account used"],
  "Ingress Object without TLS Certificate Created": ["Ingress created without TLS"],
  "Untrusted Node Successfully Joined the Cluster": ["Node joined cluster"],
  "Untrusted Node Unsuccessfully Tried to Join the Cluster": ["Unauthorized request of node denied", "API request denied by authorization"],
};

interface Seen {
  readonly rule: string;
  /** Number of the event, from 1. */
  readonly event: number;
  readonly text: string;
}

/** Alerts of Falco without an alert of the default rules, with the reason. */
const LEFT_OUT: readonly { readonly why: string; readonly is: (seen: Seen) => boolean }[] = [
  {
    why: "the cluster creates a default service account in every namespace",
    is: ({ rule, text }) =>
      /Service ?account created in|Serviceaccount Created/i.test(`${rule} ${text}`) &&
      text.includes("user=system:kube-controller-manager serviceaccount=default"),
  },
  {
    why: "clients look up a missing secret before they create it, and read nothing",
    is: ({ rule, text }) => rule === "K8s Secret Get Unsuccessfully Tried" && text.includes("resp=404"),
  },
  {
    why: "the end of a port-forward session is not a second session",
    is: ({ rule, event }) => rule === "port-forward" && stages[event - 1] === "ResponseComplete",
  },
  {
    why: "the version of a server is public",
    is: ({ rule, text }) => rule === "Anonymous Request Allowed" && text.includes("uri=/version "),
  },
];

/** The stages of the recorded events. */
const stages = (await recording()).map(({ value }) => member(value, "stage"));

interface Definition {
  readonly list?: string;
  readonly macro?: string;
  readonly rule?: string;
  readonly tags?: readonly string[];
  readonly source?: string;
}

function definitions(file: string): readonly Definition[] {
  return parse(readFileSync(join(import.meta.dirname, file), "utf8"));
}

function load(files: readonly string[]): ReturnType<typeof readyRules> {
  return readyRules(files, config, "all", "here", { sources: ["k8s_audit"] });
}

async function recording(): Promise<Document[]> {
  const reader = await readerOf("k8s_audit");
  const path = join(home, "test/k8s-audit/audit-log.jsonl.gz");
  const onInvalid = ({ message }: { readonly message: string }) => {
    throw new Error(message);
  };
  const documents: Document[] = [];
  for await (const some of documentsIn({ path, reader, most: 1 << 20, onInvalid })) documents.push(...some);
  return documents;
}

function evaluate({ ruleset, raise }: SourceRules, documents: readonly Document[]): Seen[] {
  const inbox = openInbox("k8s_audit", { most: documents.length });
  inbox.offer(documents);
  const seen: Seen[] = [];
  new DocumentEngine(inbox, new Machine(), ruleset, (rule, event) => {
    seen.push({ rule: ruleset.rules[rule]!.name, event: event.num, text: raise(rule, event).message });
  }).drain();
  return seen;
}

describe("the file of audit rules", () => {
  test.each([
    { with: "alone", files: [own] },
    { with: "after the rules for system calls", files: [...defaultRules, own] },
    { with: "with the whole directory", files: [import.meta.dirname] },
  ])("loads $with, without a warning", async ({ files }) => {
    const { results } = await load(files);
    expect(results.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  test("shares no list and no macro with the rules for system calls", () => {
    const named = (file: string) => definitions(file).flatMap(({ list, macro }) => list ?? macro ?? []);
    const others = new Set([...named("syscall.yaml"), ...named("syscall_incubating.yaml")]);
    expect(named("k8s_audit.yaml").filter((name) => others.has(name))).toEqual([]);
  });

  test("tags each rule with a maturity and a tactic of MITRE ATT&CK", () => {
    for (const { rule, tags, source } of definitions("k8s_audit.yaml")) {
      if (rule === undefined) continue;
      expect(source, rule).toBe("k8s_audit");
      expect(tags, rule).toContainEqual(expect.stringMatching(/^maturity_(stable|incubating)$/));
      expect(tags, rule).toContainEqual(expect.stringMatching(/^mitre_/));
    }
  });

  test("covers each of Falco's 48 rules", () => {
    const rules = new Set(definitions("k8s_audit.yaml").map(({ rule }) => rule));
    expect(Object.keys(COUNTERPARTS)).toHaveLength(48);
    expect(Object.values(COUNTERPARTS).flat().filter((rule) => !rules.has(rule))).toEqual([]);
  });
});

test("rules that match the same event are ordered by severity", async () => {
  const rules = (await load([own])).of("k8s_audit");
  const grave = new Map(rules.ruleset.rules.map(({ name, priority }) => [name, priorities.indexOf(priority)]));
  const byEvent = Map.groupBy(evaluate(rules, await recording()), ({ event }) => event);
  const wrong = [...byEvent.values()].filter((seen) => {
    const [first, ...others] = seen.map(({ rule }) => grave.get(rule) ?? 0);
    return others.some((other) => other < first!);
  });
  expect(wrong.map((seen) => seen.map(({ rule }) => rule).join(", "))).toEqual([]);
});

test("events of a namespace that are deleted one by one raise few alerts, which count all deletions", async () => {
  const { ruleset, raise } = (await load([own])).of("k8s_audit");
  const rule = ruleset.rules.findIndex(({ name }) => name === "Kubernetes events deleted");
  const vocabulary = documentVocabulary(await classesOfSource("k8s_audit"));
  const alerts: RuleAlert[] = [];
  const folding = new Folding(limitsFor({ burst: 10, rate: 0.1 }), (alert) => alerts.push(alert), 0);
  const folded = {
    share: folding.rule(),
    path: pathOf(ruleset.rules[rule]!, vocabulary),
    raise: (event: Observed) => raise(rule, event),
  };
  const documents = Array.from({ length: 94 }, (_, i) => deletion(`web.${i}`));
  const inbox = openInbox("k8s_audit", { most: 100 });
  inbox.offer(documents);
  new DocumentEngine(inbox, new Machine(), ruleset, (matched, event) => {
    if (matched === rule) folding.match(folded, event);
  }).drain();
  folding.flush();
  expect(alerts.length).toBeLessThan(12);
  expect(alerts.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0)).toBe(94);
});

/** An audit event for the deletion of an event object. */
function deletion(name: string): Document {
  const value = {
    ...{ kind: "Event", auditID: name, stage: "ResponseComplete", verb: "delete", user: { username: "alice" } },
    ...{ requestURI: `/api/v1/namespaces/shop/events/${name}`, responseStatus: { code: 200 } },
    objectRef: { resource: "events", namespace: "shop", name },
  };
  return { time: 1n, value };
}

describe("on recorded scenarios", needs("upstream rules", "shared audit events"), () => {
  test("the default rules match where Falco's do, except for documented differences", async () => {
    const documents = await recording();
    const theirs = evaluate((await load([upstream])).of("k8s_audit"), documents);
    const ours = evaluate((await load([own])).of("k8s_audit"), documents);
    const moments = new Set(ours.map(({ rule, event }) => `${rule} ${event}`));
    const switchedOff = ["Disallowed K8s User"];
    const missed = theirs
      .filter(({ rule }) => !switchedOff.includes(rule))
      .filter((seen) => !LEFT_OUT.some(({ is }) => is(seen)))
      .filter(({ rule, event }) => !(COUNTERPARTS[rule] ?? []).some((name) => moments.has(`${name} ${event}`)));
    expect(theirs.length).toBeGreaterThan(100);
    expect(missed.map(({ rule, text }) => `${rule}: ${text}`)).toEqual([]);
    for (const { why, is } of LEFT_OUT) expect(theirs.some(is), why).toBe(true);
  });
});
