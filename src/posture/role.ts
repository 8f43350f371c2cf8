import { areAllVerbs } from "../audit/grants.ts";
import { type Facts, listOf, textOf } from "../transport/json.ts";

/** The dangerous permissions that a role grants. */
export interface Powers {
  /** Whether the role allows all verbs on all resources of the core API group. */
  readonly everything: boolean;
  /** Permissions that allow a subject to obtain additional permissions, such as `impersonate users`. */
  readonly escalations: readonly string[];
  readonly readsSecrets: boolean;
  /** Permissions to run code in pods, such as `create deployments`. */
  readonly running: readonly string[];
}

export const noPowers: Powers = { everything: false, escalations: [], readsSecrets: false, running: [] };

export function hasPowers({ everything, escalations, readsSecrets, running }: Powers): boolean {
  return everything || readsSecrets || escalations.length + running.length > 0;
}

/** Returns the dangerous permissions that two roles grant together. */
export function joined(one: Powers, other: Powers): Powers {
  return {
    everything: one.everything || other.everything,
    escalations: [...new Set([...one.escalations, ...other.escalations])],
    readsSecrets: one.readsSecrets || other.readsSecrets,
    running: [...new Set([...one.running, ...other.running])],
  };
}

const RBAC = "rbac.authorization.k8s.io";

/**
 * Verbs whose responses contain objects. The responses to `patch` and `deletecollection` contain objects even for dry
 * runs.
 */
const READS = ["*", "get", "list", "watch", "patch", "deletecollection"];

interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  /** Names of objects to which the rule is limited; empty for all objects. */
  readonly names: readonly string[];
}

/**
 * A permission that is granted by any of the verbs. The permission is reported with the first of these verbs that a
 * role allows.
 */
interface Permission {
  readonly verbs: readonly string[];
  readonly group: string;
  readonly resource: string;
  /** Names of objects for which the permission is dangerous even if the rule is limited to them. */
  readonly names: readonly string[];
}

function permission(verbs: readonly string[], group: string, resource: string, names: readonly string[] = []) {
  return { verbs, group, resource, names };
}

const ADMISSION = "admissionregistration.k8s.io";
const CHANGES = ["create", "patch", "update"];
/** Verbs of requests that can run commands. `get` is included, because WebSockets start with a GET request. */
const CONNECTS = ["create", "get"];

/** The signer of client certificates. The API server also accepts the wildcard name for all signers of the domain. */
const CLIENT_SIGNER = ["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"];

const ESCALATIONS: readonly Permission[] = [
  permission(["escalate"], RBAC, "clusterroles", ["cluster-admin"]),
  permission(["bind"], RBAC, "clusterroles", ["cluster-admin"]),
  permission(["impersonate"], "", "users"),
  permission(["impersonate"], "", "groups", ["system:masters"]),
  permission(["impersonate"], "", "serviceaccounts"),
  permission(CONNECTS, "", "nodes/proxy"),
  permission(["create"], "", "serviceaccounts/token"),
  permission(CHANGES, ADMISSION, "mutatingwebhookconfigurations"),
  permission(["approve"], "certificates.k8s.io", "signers", CLIENT_SIGNER),
];

/** Permissions to run code in pods. */
const RUNNING: readonly Permission[] = [
  permission(CHANGES, "", "pods"),
  permission(CONNECTS, "", "pods/exec"),
  permission(CONNECTS, "", "pods/attach"),
  permission(["patch", "update"], "", "pods/ephemeralcontainers"),
  permission(CHANGES, "", "replicationcontrollers"),
  ...["deployments", "daemonsets", "statefulsets", "replicasets"].map((each) => permission(CHANGES, "apps", each)),
  ...["jobs", "cronjobs"].map((each) => permission(CHANGES, "batch", each)),
];

/**
 * Returns the dangerous permissions that rules grant. The verbs of several rules are combined.
 * @param rules rules of a Role or ClusterRole
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
    everything: areAllVerbs(verbs),
    escalations: named(ESCALATIONS, all),
    running: named(RUNNING, all),
    readsSecrets: READS.some((verb) => secrets.has(verb)),
  };
}

/** Returns descriptions of the permissions in a table that rules grant. */
function named(table: readonly Permission[], rules: readonly Rule[]): readonly string[] {
  return table.flatMap((each) => {
    const verb = each.verbs.find((one) => rules.some((rule) => grants(rule, one, each)));
    return verb === undefined ? [] : [`${verb} ${each.resource}`];
  });
}

function grants(rule: Rule, verb: string, { group, resource, names }: Permission): boolean {
  const isFree = rule.names.length === 0 || rule.names.some((name) => names.includes(name));
  return isFree && covers(rule.verbs, verb) && covers(rule.groups, group) && coversResource(rule.resources, resource);
}

function covers(names: readonly string[], name: string): boolean {
  return names.includes("*") || names.includes(name);
}

// `*` includes all resources. `*/` with the name of a subresource includes this subresource of all resources.
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
