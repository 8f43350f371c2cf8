import { type ApiAction, apiAction } from "./request.ts";

/** Kinds of objects with a rule for their creation and a rule for their deletion. */
const KINDS = [
  ["workload", "Workload", "a deployment", "deployments"],
  ["service", "Service", "a service", "services"],
  ["configmap", "ConfigMap", "a ConfigMap", "configmaps"],
  ["namespace", "Namespace", "a namespace", "namespaces"],
  ["account", "Service account", "a service account", "serviceaccounts"],
  ["role", "Role", "a role", "roles"],
  ["role-binding", "Role binding", "a role binding", "rolebindings"],
  ["new-secret", "Secret", "a secret", "secrets"],
] as const;

const ofKinds = KINDS.flatMap(([name, subject, thing, resource]): ApiAction[] => [
  {
    name: `k8s-${name}-created`,
    rule: `${subject} created`,
    does: `Reports that ${thing} was created.`,
    request: { verb: "create", resource },
  },
  {
    name: `k8s-${name}-deleted`,
    rule: `${subject} deleted`,
    does: `Reports that ${thing} was deleted.`,
    request: { verb: "delete", resource },
  },
]);

const others: readonly ApiAction[] = [
  {
    name: "k8s-system-account",
    rule: "Service account created in system namespace",
    also: ["Service account created"],
    does: "Reports that a service account was created in kube-system.",
    request: { verb: "create", resource: "serviceaccounts", namespace: "kube-system" },
  },
  {
    name: "k8s-reserved-namespace",
    rule: "Namespace created with reserved kube- prefix",
    also: ["Namespace created"],
    does: "Reports that a namespace with the prefix kube- was created.",
    request: { verb: "create", resource: "namespaces", name: "kube-eyas-drill" },
  },
  {
    name: "k8s-delete-system-namespace",
    rule: "System namespace deletion attempted",
    also: ["API request denied by authorization"],
    does: "Reports that a user's request to delete the namespace kube-system was denied.",
    request: { verb: "delete", resource: "namespaces", name: "kube-system", code: 403 },
    twin: [
      "Reports that the namespace kube-system was read.",
      { verb: "get", resource: "namespaces", name: "kube-system" },
    ],
  },
  {
    name: "k8s-events-deleted",
    rule: "Kubernetes events deleted",
    does: "Reports that events in a namespace were deleted.",
    request: { verb: "deletecollection", resource: "events", name: null },
  },
  {
    name: "k8s-bulk-delete",
    rule: "Kubernetes objects deleted in bulk",
    does: "Reports that all pods in a namespace were deleted.",
    request: { verb: "deletecollection", resource: "pods", name: null },
  },
  {
    name: "k8s-network-policy",
    rule: "Network policy deleted",
    does: "Reports that a network policy was deleted.",
    request: { verb: "delete", resource: "networkpolicies" },
  },
];

/** Actions that report the creation and deletion of objects. */
export const activityActions = [...ofKinds, ...others].map(apiAction);
