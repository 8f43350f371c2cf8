import { type ApiAction, type ApiRequest, apiAction } from "./request.ts";

const role = (rule: object): ApiRequest => ({
  verb: "update",
  resource: "roles",
  object: { rules: [{ verbs: ["get"], resources: ["pods"], ...rule }] },
});
const READ_ROLE = ["Reports a role that permits reading pods.", role({})] as const;

const binding = (name: string, subject: object): ApiRequest => ({
  verb: "update",
  resource: "rolebindings",
  object: { roleRef: { kind: "ClusterRole", name }, subjects: [subject] },
});
const DRILL_USER = { kind: "User", name: "eyas-drill" };
const BOUND_USER = ["Reports a binding of the role eyas-drill to a user.", binding("eyas-drill", DRILL_USER)] as const;

const service = (spec: object, name = "eyas-drill"): ApiRequest => ({
  verb: "update",
  resource: "services",
  name,
  object: { spec },
});
const INTERNAL = ["Reports a service with a cluster IP address.", service({ type: "ClusterIP" })] as const;

const actions: readonly ApiAction[] = [
  {
    name: "k8s-dashboard",
    rule: "Management dashboard exposed externally",
    also: ["Service exposed through load balancer"],
    does: "Reports that a dashboard was exposed to external networks.",
    request: service({ type: "LoadBalancer" }, "eyas-drill-dashboard"),
    twin: ["Reports the dashboard with a cluster IP address.", service({ type: "ClusterIP" }, "eyas-drill-dashboard")],
  },
  {
    name: "k8s-node-port",
    rule: "Service exposed through NodePort",
    does: "Reports a service with a port on each node.",
    request: service({ type: "NodePort" }),
    twin: INTERNAL,
  },
  {
    name: "k8s-load-balancer",
    rule: "Service exposed through load balancer",
    does: "Reports a service with a load balancer.",
    request: service({ type: "LoadBalancer" }),
    twin: INTERNAL,
  },
  {
    name: "k8s-external-ip",
    rule: "Service configured with external IP addresses",
    does: "Reports a service with an external address.",
    request: service({ type: "ClusterIP", externalIPs: ["192.0.2.1"] }),
    twin: INTERNAL,
  },
  {
    name: "k8s-api-endpoint",
    rule: "API server endpoint modified",
    does: "Reports a change to an endpoint of the API server.",
    request: { verb: "update", resource: "endpointslices", namespace: "default", name: "kubernetes" },
  },
  {
    name: "k8s-ingress",
    rule: "Ingress created without TLS",
    does: "Reports an ingress without TLS.",
    request: { verb: "create", resource: "ingresses", object: { spec: { rules: [{ host: "drill.example" }] } } },
    twin: [
      "Reports an ingress with TLS.",
      {
        verb: "create",
        resource: "ingresses",
        object: { spec: { rules: [{ host: "drill.example" }], tls: [{ hosts: ["drill.example"] }] } },
      },
    ],
  },
  {
    name: "k8s-configmap-credential",
    rule: "Credential stored in ConfigMap",
    does: "Reports a ConfigMap with a password.",
    request: { verb: "update", resource: "configmaps", object: { data: { password: "of-the-drill" } } },
    twin: [
      "Reports a ConfigMap with a color.",
      { verb: "update", resource: "configmaps", object: { data: { color: "green" } } },
    ],
  },
  {
    name: "k8s-system-configmap",
    rule: "System ConfigMap modified",
    does: "Reports a change to the configuration of CoreDNS.",
    request: { verb: "update", resource: "configmaps", namespace: "kube-system", name: "coredns" },
  },
  {
    name: "k8s-wildcard",
    rule: "Wildcard permission granted in RBAC role",
    does: "Reports a role that permits all verbs on pods.",
    request: role({ verbs: ["*"] }),
    twin: READ_ROLE,
  },
  {
    name: "k8s-exec-permission",
    rule: "Pod exec permission granted in RBAC role",
    does: "Reports a role that permits exec sessions.",
    request: role({ resources: ["pods/exec"] }),
    twin: READ_ROLE,
  },
  {
    name: "k8s-escalation-permission",
    rule: "Privilege escalation permission granted in RBAC role",
    does: "Reports a role that permits impersonation of users.",
    request: role({ verbs: ["impersonate"], resources: ["users"] }),
    twin: READ_ROLE,
  },
  {
    name: "k8s-write-permission",
    rule: "Write permission granted in RBAC role",
    does: "Reports a role that permits deletion of pods.",
    request: role({ verbs: ["delete"] }),
    twin: READ_ROLE,
  },
  {
    name: "k8s-builtin-role",
    rule: "Built-in RBAC role modified or deleted",
    does: "Reports a change to the role view.",
    request: { verb: "update", resource: "clusterroles", namespace: null, name: "view" },
  },
  {
    name: "k8s-bind-anonymous",
    rule: "Role bound to anonymous or all users",
    does: "Reports a binding of a role to the anonymous user.",
    request: binding("eyas-drill", { kind: "User", name: "system:anonymous" }),
    twin: BOUND_USER,
  },
  {
    name: "k8s-bind-administrator",
    rule: "Cluster-admin role bound",
    does: "Reports a binding of the role cluster-admin to a user.",
    request: binding("cluster-admin", DRILL_USER),
    twin: BOUND_USER,
  },
  {
    name: "k8s-bind-default-account",
    rule: "Role bound to default service account",
    does: "Reports a binding of a role to the default service account.",
    request: binding("eyas-drill", { kind: "ServiceAccount", namespace: "eyas-drill", name: "default" }),
    twin: BOUND_USER,
  },
  {
    name: "k8s-webhook",
    rule: "Admission webhook or policy modified",
    does: "Reports a change to an admission webhook.",
    request: { verb: "update", resource: "mutatingwebhookconfigurations", namespace: null },
  },
  {
    name: "k8s-pod-security-off",
    rule: "Pod security enforcement disabled for namespace",
    does: "Reports that a namespace permits privileged pods.",
    request: {
      verb: "update",
      resource: "namespaces",
      object: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
    },
    twin: [
      "Reports that the namespace only permits restricted pods.",
      {
        verb: "update",
        resource: "namespaces",
        object: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
      },
    ],
  },
];

/** Actions that involve services, roles, bindings and policies. */
export const configurationActions = actions.map(apiAction);
