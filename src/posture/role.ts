import { type Facts, listOf, textOf } from "../transport/json.ts";

/** Dangerous permissions that a role has. */
export interface Powers {
  /** All verbs on all resources. */
  readonly everything: boolean;
  /** Permissions with which the subject can grant itself others, such as `impersonate users`. */
  readonly escalations: readonly string[];
  readonly readsSecrets: boolean;
  /** Permissions with which code runs in pods, such as `create deployments`. */
  readonly running: readonly string[];
}

export const noPowers: Powers = { everything: false, escalations: [], readsSecrets: false, running: [] };

export function hasPowers({ everything, escalations, readsSecrets, running }: Powers): boolean {
  return everything || readsSecrets || escalations.length + running.length > 0;
}

/** The powers of two roles together. */
export function joined(one: Powers, other: Powers): Powers {
  return {
    everything: one.everything || other.everything,
    escalations: [...new Set([...one.escalations, ...other.escalations])],
    readsSecrets: one.readsSecrets || other.readsSecrets,
    running: [...new Set([...one.running, ...other.running])],
  };
}

/** Verbs that together change everything: a role can name them instead of `*`. */
const ALL_VERBS = ["get", "list", "create", "update", "delete"];
const RBAC = "rbac.authorization.k8s.io";

interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  /** Empty: all objects. */
  readonly names: readonly string[];
}

/** Escalations: verb, API group, resource, and names that are enough if the rule is limited to names. */
const ESCALATIONS: readonly (readonly [verb: string, group: string, resource: string, names: readonly string[]])[] = [
  ["escalate", RBAC, "clusterroles", ["cluster-admin"]],
  ["bind", RBAC, "clusterroles", ["cluster-admin"]],
  ["impersonate", "", "users", []],
  ["impersonate", "", "groups", ["system:masters"]],
  ["impersonate", "", "serviceaccounts", []],
  ["create", "", "nodes/proxy", []],
  ["create", "", "serviceaccounts/token", []],
  ["create", "admissionregistration.k8s.io", "mutatingwebhookconfigurations", []],
  ["patch", "admissionregistration.k8s.io", "mutatingwebhookconfigurations", []],
  ["approve", "certificates.k8s.io", "signers", ["kubernetes.io/kube-apiserver-client"]],
];

/** Permissions to run code in pods, in the same form. */
const RUNNING: typeof ESCALATIONS = [
  ["create", "", "pods", []],
  ["create", "", "pods/exec", []],
  ["patch", "", "pods/ephemeralcontainers", []],
  ["create", "", "replicationcontrollers", []],
  ...["deployments", "daemonsets", "statefulsets", "replicasets"].map((each) => ["create", "apps", each, []] as const),
  ...["jobs", "cronjobs"].map((each) => ["create", "batch", each, []] as const),
];

/**
 * The powers of a list of rules. Verbs of several rules add up.
 * @param rules those of a Role or ClusterRole
 */
export function powersOf(rules: unknown): Powers {
  const all = listOf(rules).map(ruleOf);
  const granted = (group: string, resource: string): ReadonlySet<string> =>
    new Set(
      all
        .filter(({ names }) => names.length === 0)
        .filter((rule) => covers(rule.groups, group) && coversResource(rule.resources, resource))
        .flatMap(({ verbs }) => verbs),
    );
  const verbs = granted("", "*");
  const secrets = granted("", "secrets");
  return {
    everything: verbs.has("*") || ALL_VERBS.every((verb) => verbs.has(verb)),
    escalations: named(ESCALATIONS, all),
    running: named(RUNNING, all),
    readsSecrets: ["*", "get", "list", "watch"].some((verb) => secrets.has(verb)),
  };
}

/** The permissions of a table that rules grant, in words. */
function named(table: typeof ESCALATIONS, rules: readonly Rule[]): readonly string[] {
  return table
    .filter((each) => rules.some((rule) => grants(rule, each)))
    .map(([verb, , resource]) => `${verb} ${resource}`);
}

function grants(rule: Rule, [verb, group, resource, enough]: (typeof ESCALATIONS)[number]): boolean {
  const isFree = rule.names.length === 0 || rule.names.some((name) => enough.includes(name));
  return isFree && covers(rule.verbs, verb) && covers(rule.groups, group) && coversResource(rule.resources, resource);
}

function covers(names: readonly string[], name: string): boolean {
  return names.includes("*") || names.includes(name);
}

// `*` covers all resources, and `*` before a slash the subresource of all.
function coversResource(resources: readonly string[], resource: string): boolean {
  const [, subresource] = resource.split("/");
  return covers(resources, resource) || (subresource !== undefined && resources.includes(`*/${subresource}`));
}

function ruleOf(rule: Facts): Rule {
  const { verbs, apiGroups, resources, resourceNames } = rule;
  return { verbs: texts(verbs), groups: texts(apiGroups), resources: texts(resources), names: texts(resourceNames) };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
