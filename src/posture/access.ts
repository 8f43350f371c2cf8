import { at, type Facts, listOf, textAt, textOf, textsOf } from "../transport/json.ts";
import { type Finding, type ObjectName, type Severity, short } from "./finding.ts";
import type { FindingKind } from "./kinds.ts";
import { createdAt, nameOf, writtenAt } from "./metadata.ts";
import { hasPowers, joined, noPowers, type Powers, powersOf } from "./role.ts";

/** The roles of a cluster that grant dangerous permissions. Other roles are not stored. */
export interface Roles {
  /** Adds a Role or ClusterRole. @returns false if too many roles are stored */
  add(kind: RoleKind, role: Facts): boolean;
  /**
   * Returns the dangerous permissions of the role to which a binding refers.
   * @param namespace namespace of the binding; "" for a ClusterRoleBinding
   */
  powers(kind: string, namespace: string, name: string): Powers;
}

type RoleKind = "Role" | "ClusterRole";

/** Maximum number of stored roles. */
const MOST = 20_000;

const ALL: Powers = { everything: true, escalations: [], readsSecrets: true, running: [] };

export function openRoles(): Roles {
  const known = new Map<string, Powers>();
  /** Labels of ClusterRoles that grant dangerous permissions and can be aggregated into other roles. */
  const labels = new Map<string, Readonly<Record<string, string>>>();
  const selectors = new Map<string, readonly Facts[]>();

  return {
    add(kind, role) {
      const { name, namespace } = nameOf(kind, role);
      const powers = powersOf(role.rules);
      const aggregated = listOf(at(role, "aggregationRule", "clusterRoleSelectors"));
      if (!hasPowers(powers) && aggregated.length === 0) return true;
      if (known.size >= MOST) return false;
      known.set(`${kind} ${namespace} ${name}`, powers);
      if (kind === "Role") return true;
      labels.set(name, textsOf(at(role, "metadata", "labels")));
      if (aggregated.length > 0) selectors.set(name, aggregated);
      return true;
    },
    powers(kind, namespace, name) {
      const own = known.get(kind === "ClusterRole" ? `ClusterRole  ${name}` : `Role ${namespace} ${name}`) ?? noPowers;
      // cluster-admin grants all permissions, even if the list of roles could not be read.
      if (kind !== "ClusterRole") return own;
      if (name === "cluster-admin") return joined(own, ALL);
      // A controller copies rules into aggregated roles. The rules are considered even before the controller has copied
      // them.
      return (selectors.get(name) ?? [])
        .flatMap((selector) => [...labels].filter(([, each]) => matches(selector, each)).map(([role]) => role))
        .reduce((sum, role) => joined(sum, known.get(`ClusterRole  ${role}`) ?? noPowers), own);
    },
  };
}

/** Whether a label selector matches labels. False for selectors in an unknown format. */
function matches(selector: Facts, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(textsOf(selector.matchLabels));
  const expressions = listOf(selector.matchExpressions);
  if (wanted.length + expressions.length === 0) return true;
  return (
    wanted.every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value) &&
    expressions.every(({ key, operator, values }) => {
      const has = Object.hasOwn(labels, textOf(key));
      const isListed = Array.isArray(values) && has && values.includes(labels[textOf(key)]);
      if (operator === "In") return isListed;
      if (operator === "NotIn") return !isListed;
      return operator === "Exists" ? has : operator === "DoesNotExist" && !has;
    })
  );
}

/** Groups that contain all authenticated clients, all unauthenticated clients or all service accounts. */
const BROAD = ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"];

/** Returns findings about subjects that have dangerous permissions through a RoleBinding or ClusterRoleBinding. */
export function bindingFindings(
  kind: "RoleBinding" | "ClusterRoleBinding",
  binding: Facts,
  roles: Roles,
): readonly Finding[] {
  const object = nameOf(kind, binding);
  const roleKind = textAt(binding, "roleRef", "kind");
  const roleName = textAt(binding, "roleRef", "name");
  const powers = roles.powers(roleKind, object.namespace, roleName);
  const found = kindsOf(object, powers);
  if (found.length === 0) return [];
  const role: ObjectName = {
    ...{ kind: short(roleKind), name: short(roleName) },
    namespace: roleKind === "ClusterRole" ? "" : object.namespace,
  };
  const [since, written] = [createdAt(binding), writtenAt(binding)];
  return listOf(binding.subjects).flatMap((subject) =>
    found.map(([finding, severity, through]) => ({
      ...{ kind: finding, object, container: "", pods: 0, since, written, related: [role] },
      severity: isBuiltIn(object, roleName, subject, powers) ? "low" : forSubject(severity, subject),
      detail: short(`${subjectText(subject, object.namespace)} through ${roleKind} ${roleName}${through}`),
    })),
  );
}

type Found = readonly [kind: FindingKind, severity: Severity, through: string];

function kindsOf({ namespace }: ObjectName, powers: Powers): readonly Found[] {
  const { everything, escalations, readsSecrets, running } = powers;
  if (namespace === SYSTEM) return ofSystemNamespace(powers);
  if (namespace !== "") return everything ? [["namespace-admin", "medium", ""]] : [];
  if (everything) return [["cluster-admin", "high", ""]];
  return [
    ...(escalations.length > 0 ? [["escalation", "high", ` (${escalations.join(", ")})`] as const] : []),
    ...(readsSecrets ? [["secret-access", "medium", ""] as const] : []),
    ...(running.length > 0 ? [["run-pods", "medium", ` (${running.join(", ")})`] as const] : []),
  ];
}

/** Namespace of the service accounts of the control plane. */
const SYSTEM = "kube-system";
const TOKENS = ["create serviceaccounts/token", "impersonate serviceaccounts"];

function ofSystemNamespace({ everything, escalations, readsSecrets, running }: Powers): readonly Found[] {
  if (everything) return [["namespace-admin", "high", ""]];
  const dangerous = [
    ...escalations.filter((each) => TOKENS.includes(each)),
    ...running,
    ...(readsSecrets ? ["read secrets"] : []),
  ];
  return dangerous.length > 0 ? [["escalation", "high", ` (${dangerous.join(", ")} in ${SYSTEM})`]] : [];
}

/**
 * Returns the service accounts that a binding makes cluster administrators: `NAMESPACE/NAME`, `NAMESPACE/*` for all
 * service accounts in a namespace, or `*` for all service accounts.
 */
export function adminAccounts(binding: Facts, roles: Roles): readonly string[] {
  const { everything } = roles.powers(textAt(binding, "roleRef", "kind"), "", textAt(binding, "roleRef", "name"));
  if (!everything) return [];
  return listOf(binding.subjects).flatMap((subject) => accountsOf(subject) ?? []);
}

/** The service accounts to which a subject refers. A service account is also a user and a member of groups. */
function accountsOf(subject: Facts): string | undefined {
  const [kind, name] = [textOf(subject.kind), textOf(subject.name)];
  if (kind === "ServiceAccount") return `${textOf(subject.namespace)}/${name}`;
  if (kind === "User") return ACCOUNT_USER.exec(name)?.slice(1).join("/");
  if (kind !== "Group") return undefined;
  if (name === "system:serviceaccounts" || name === "system:authenticated") return "*";
  const [, namespace] = ACCOUNT_GROUP.exec(name) ?? [];
  return namespace === undefined ? undefined : `${namespace}/*`;
}

const ACCOUNT_USER = /^system:serviceaccount:([^:]+):([^:]+)$/;
const ACCOUNT_GROUP = /^system:serviceaccounts:([^:]+)$/;

/** Whether a service account is among those that {@link adminAccounts} returned. */
export function isAdmin(admins: ReadonlySet<string>, namespace: string, name: string): boolean {
  return [`${namespace}/${name}`, `${namespace}/*`, "*"].some((each) => admins.has(each));
}

/**
 * Returns the severity for a subject: critical if it is a group of all clients or all service accounts, or the
 * anonymous user; otherwise `severity`.
 */
function forSubject(severity: Severity, subject: Facts): Severity {
  const name = textOf(subject.name);
  if (subject.kind === "Group" && BROAD.includes(name)) return "critical";
  return subject.kind === "User" && name === "system:anonymous" ? "critical" : severity;
}

/**
 * Whether the binding exists in every cluster: bindings of administrators with a certificate, and of components of the
 * control plane. Labels are ignored, because the creator of a binding can set them. A role that allows everything does
 * not count as built-in just because of its name.
 */
function isBuiltIn({ name, namespace }: ObjectName, role: string, subject: Facts, { everything }: Powers): boolean {
  const subjectName = textOf(subject.name);
  if (namespace !== "" && namespace !== SYSTEM) return false;
  if (name === "cluster-admin") return namespace === "" && subject.kind === "Group" && subjectName === "system:masters";
  if (everything || !name.startsWith("system:") || name !== role) return false;
  if (subject.kind === "ServiceAccount")
    return subject.namespace === SYSTEM && name === `system:controller:${subjectName}` && CONTROLLERS.has(subjectName);
  return subject.kind === "User" && subjectName === name && COMPONENTS.includes(name);
}

const COMPONENTS = ["system:kube-controller-manager", "system:kube-scheduler"];

/** Built-in controllers whose roles grant dangerous permissions (plugin/pkg/auth/authorizer/rbac/bootstrappolicy). */
const CONTROLLERS: ReadonlySet<string> = new Set([
  ...["clusterrole-aggregation-controller", "generic-garbage-collector", "namespace-controller"],
  ...["resourcequota-controller", "persistent-volume-binder", "expand-controller", "bootstrap-signer", "token-cleaner"],
  "legacy-service-account-token-cleaner",
  ...["cronjob-controller", "daemon-set-controller", "deployment-controller", "job-controller"],
  ...["replicaset-controller", "replication-controller", "statefulset-controller"],
]);

/** Describes a subject for users. Service accounts are described by namespace and name. */
function subjectText(subject: Facts, namespace: string): string {
  const name = textOf(subject.name);
  if (subject.kind === "ServiceAccount") return `ServiceAccount ${textOf(subject.namespace) || namespace}/${name}`;
  return `${textOf(subject.kind)} ${name}`;
}
