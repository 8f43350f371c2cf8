import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromByteString } from "../src/event/bytes.ts";
import type { Document, JsonObject } from "../src/event/document.ts";
import { parseJson } from "../src/event/json-text.ts";
import { documentVocabulary } from "../src/field/catalogue.ts";
import type { Reader, Value } from "../src/field/field.ts";
import { classesOfSource } from "../src/field/sources.ts";
import { Machine } from "../src/machine/machine.ts";
import { Observed } from "../src/machine/observed.ts";
import { openInbox } from "../src/source/inbox.ts";
import { splitAudit } from "../src/source/k8s-audit/split.ts";
import { evaluateLogs } from "./k8s-audit/evaluate.ts";
import { needs } from "./parts/needs.ts";

const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../shared");
const folder = join(shared, "conformance/k8s_audit/scenarios");

type Facts = Readonly<Record<string, unknown>>;

const words = documentVocabulary(await classesOfSource("k8s_audit"));

function readerOf(text: string): Reader {
  const use = words.lookup(text);
  if (use === undefined) throw new Error(`There is no field ${text}.`);
  return use.field.bind(use.argument);
}

/** Opens the document as an event whose fields can be read as text. */
function openEvent(document: Document): (field: string) => string | readonly string[] | undefined {
  const inbox = openInbox("k8s_audit", { most: 1 });
  inbox.offer([document]);
  const event = new Observed(new Machine());
  inbox.next(event);
  return (field) => utf(readerOf(field)(event));
}

function utf(value: Value | undefined): string | readonly string[] | undefined {
  if (value === undefined) return undefined;
  return typeof value === "object" ? value.map((each) => fromByteString(String(each))) : fromByteString(String(value));
}

function lines(name: string): Buffer[] {
  const text = readFileSync(join(folder, name));
  return text
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line, "latin1"));
}

function documents(name: string): readonly Document[] {
  const parts = lines(name).map((line) => splitAudit(parseJson(line), { time: 0n }, 1 << 20));
  expect(parts.flatMap(({ refused }) => refused)).toEqual([]);
  return parts.flatMap(({ documents }) => documents);
}

const text = (fact: unknown): string | undefined => (fact === null || fact === undefined ? undefined : String(fact));
const list = (fact: unknown): readonly string[] | undefined =>
  Array.isArray(fact) && fact.length > 0 ? fact.map(String) : undefined;

/** Facts of every event, and the fields that equal them. */
const plain: readonly (readonly [fact: string, field: string, as: (fact: unknown) => unknown])[] = [
  ["audit_id", "ka.auditid", text],
  ["stage", "ka.stage", text],
  ["user", "ka.user.name", text],
  ["groups", "ka.user.groups", list],
  ["verb", "ka.verb", text],
  ["resource", "ka.target.resource", text],
  ["namespace", "ka.target.namespace", text],
  ["name", "ka.target.name", text],
  ["subresource", "ka.target.subresource", text],
  ["code", "ka.response.code", text],
  ["status_reason", "ka.response.reason", text],
  ["request_uri", "ka.uri", text],
  ["source_ips", "ka.sourceips", list],
  ["user_agent", "ka.useragent", text],
  ["decision", "ka.auth.decision", text],
  ["reason", "ka.auth.reason", text],
  ["impersonated_user", "ka.impuser.name", text],
];

interface Container {
  readonly kind: "container" | "init" | "ephemeral";
  readonly name: string;
  readonly image: string;
  readonly privileged: boolean | null;
  readonly allow_privilege_escalation: boolean | null;
  readonly run_as_user: number | null;
  readonly caps_add: readonly string[];
  readonly host_ports: readonly number[];
  readonly command?: readonly string[];
}

const LISTS = { container: "containers", init: "initContainers", ephemeral: "ephemeralContainers" } as const;

/** Returns the expected fields of a pod. */
function podFields(pod: Facts & { readonly containers: readonly Container[] }): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    "ka.req.pod.run_as_user": text(pod.run_as_user),
    "ka.req.pod.volumes.hostpath": list(pod.host_paths),
    "ka.req.pod.host_network": pod.hostNetwork === true ? "true" : undefined,
    "ka.req.pod.host_pid": pod.hostPID === true ? "true" : undefined,
    "ka.req.pod.host_ipc": pod.hostIPC === true ? "true" : undefined,
  };
  for (const [kind, name] of Object.entries(LISTS)) {
    const those = pod.containers.filter((each) => each.kind === kind);
    const some = (values: readonly unknown[]): unknown =>
      list(values.filter((value) => value !== null && value !== undefined));
    const at = (field: string): string => `ka.req.pod.${name}.${field}`;
    fields[at("name")] = some(those.map((each) => each.name));
    fields[at("image")] = some(those.map((each) => each.image));
    fields[at("privileged")] = some(those.map((each) => each.privileged));
    fields[at("allow_privilege_escalation")] = some(those.map((each) => each.allow_privilege_escalation));
    fields[at("run_as_user")] = some(those.map((each) => each.run_as_user));
    fields[at("eff_run_as_user")] = some(those.map((each) => each.run_as_user ?? pod.run_as_user ?? 0));
    fields[at("add_capabilities")] = some(those.flatMap((each) => each.caps_add));
    fields[at("command")] = some(those.map((each) => each.command?.join(" ")));
  }
  return fields;
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Returns the expected fields for additional facts of the request. */
function furtherFields(facts: Facts): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const { pod } = facts as { pod?: Facts & { readonly containers: readonly Container[] } };
  if (pod?.taken_from === "requestObject") Object.assign(fields, podFields(pod));
  if (facts.service_taken_from === "requestObject") fields["ka.req.service.type"] = text(facts.service_type);
  if (facts.rules_taken_from === "requestObject") {
    const rules = (facts.rules ?? []) as readonly Readonly<Record<string, readonly string[]>>[];
    for (const key of ["verbs", "apiGroups", "resources", "nonResourceURLs"])
      fields[`ka.req.role.rules.${key}`] = list(rules.flatMap((rule) => rule[key] ?? []));
  }
  if (facts.binding_taken_from === "requestObject") {
    const subjects = facts.subjects as readonly Subject[];
    const named = (kind: string) => subjects.filter((subject) => subject.kind === kind);
    fields["ka.req.binding.role"] = (facts.role_ref as { readonly name: string }).name;
    fields["ka.req.binding.subjects.user_names"] = list(named("User").map(({ name }) => name));
    fields["ka.req.binding.subjects.group_names"] = list(named("Group").map(({ name }) => name));
    fields["ka.req.binding.subjects.serviceaccount_ns_names"] = list(
      named("ServiceAccount").map(({ name, namespace }) => `${namespace}:${name}`),
    );
  }
  return fields;
}

/**
 * Scenarios of everyday work, or with requests that the API server rejects as invalid. All others are hostile or risky.
 */
const ordinary: ReadonlySet<string> = new Set(
  `
  anonymous-healthz anonymous-version clusterrole-aggregated clusterrole-readonly configmap-bad-json
  configmap-delete configmap-harmless configmap-huge configmap-label-html-invalid configmap-unicode-html
  configmap-update-conflict crb-delete cronjob-create deployment-create deployment-delete deployment-jsonpatch
  deployment-patch-image deployment-scale group-binding-user ingress-tls kubectl-watch list-fieldselector-name
  list-params logs method-not-allowed namespace-create namespace-delete namespace-finalize pod-annotations-odd
  pod-delete pod-eviction pod-exists pod-generatename pod-hostpath-harmless pod-image-bare
  pod-image-registry-port pod-label-patch pod-no-securitycontext pod-plain pod-privileged-false
  pod-server-side-apply-yaml psa-audit-namespace psa-namespace role-create role-delete rolebinding-create
  sa-list-pods secret-create secret-delete secret-get-missing service-clusterip service-delete
  serviceaccount-normal tokenreview unknown-resource useragent-long useragent-none watch xff
`
    .trim()
    .split(/\s+/),
);

describe("recorded audit events", needs("shared audit events"), () => {
  test("every field equals the facts of the labelled events", () => {
    const log = documents("audit-log.jsonl").map(openEvent);
    const scenarios = lines("scenarios.jsonl").map((line) => JSON.parse(line.toString("utf8")));
    let compared = 0;
    for (const { id, events } of scenarios) {
      for (const facts of events as readonly Facts[]) {
        const wanted = {
          ...Object.fromEntries(plain.map(([fact, field, as]) => [field, as(facts[fact])])),
          ...furtherFields(facts),
        };
        const same = log.filter((field) => field("ka.auditid") === facts.audit_id && field("ka.stage") === facts.stage);
        const found = same.map((field) => Object.fromEntries(Object.keys(wanted).map((name) => [name, field(name)])));
        // A client used the same audit ID for two requests.
        if (found.length > 1) expect(found, id).toContainEqual(wanted);
        else expect(found, id).toEqual([wanted]);
        compared++;
      }
    }
    expect(compared).toBe(237);
  });

  test("ports, config map keys and repositories equal those of the request", () => {
    const log = documents("audit-log.jsonl").map(openEvent);
    const scenarios = lines("scenarios.jsonl").map((line) => JSON.parse(line.toString("utf8")));
    const facts = new Map<string, Facts>(scenarios.map(({ id, events }) => [id, events[0]]));
    const eventOf = (id: string) => log.find((field) => field("ka.auditid") === facts.get(id)?.audit_id);
    const ports = eventOf("service-nodeport")?.("ka.req.service.ports");
    expect(JSON.parse(ports?.[0] ?? "")).toEqual(facts.get("service-nodeport")?.service_ports);
    expect(eventOf("pod-hostport")?.("ka.req.pod.containers.host_port")).toEqual(["8080"]);
    expect(eventOf("pod-image-registry-port")?.("ka.req.pod.containers.image.repository")).toEqual([
      "registry.example:5000/team/app",
    ]);
    const map = eventOf("configmap-aws-key")?.("ka.req.configmap.obj");
    expect(Object.keys(JSON.parse(String(map))).sort()).toEqual(facts.get("configmap-aws-key")?.configmap_keys);
  });

  test("the log and the webhook have the same events, except one that the webhook truncated", () => {
    // Only a single event has `kind` and `apiVersion`.
    const byId = ({ value }: Document): string => {
      const { kind: _, apiVersion: __, ...event } = value as JsonObject; // an audit event is an object
      return JSON.stringify(event);
    };
    const log = documents("audit-log.jsonl").map(byId).sort();
    const webhook = new Set(documents("audit-webhook.jsonl").map(byId));
    expect([log.length, webhook.size]).toEqual([386, new Set(log).size]);
    const cut = log.filter((event) => !webhook.has(event));
    expect(cut.map((event) => JSON.parse(event).objectRef.name)).toEqual(["big"]);
  });

  test("every hostile or risky request raises an alert, and everyday work raises only activity records", async () => {
    const { alerts, invalid } = await evaluateLogs([join(folder, "audit-log.jsonl")]);
    expect(invalid).toEqual([]);
    const raised = new Set(alerts.filter(({ tags }) => !tags.includes("activity")).map(({ auditID }) => auditID));
    const scenarios = lines("scenarios.jsonl")
      .map((line) => JSON.parse(line.toString("utf8")))
      .filter(({ category }) => category !== "setup" && category !== "background");
    const seen = scenarios.filter(({ events, side_audit_ids }) => {
      const ids = [...(events as readonly Facts[]).map(({ audit_id }) => String(audit_id)), ...side_audit_ids];
      return ids.some((id) => raised.has(id));
    });
    const wanted = scenarios.map(({ id }) => id).filter((id) => !ordinary.has(id));
    expect([scenarios.length, wanted.length]).toEqual([182, 123]);
    expect(seen.map(({ id }) => id)).toEqual(wanted);
  });
});
