import { type ApiAction, type ApiRequest, apiAction } from "./request.ts";

const readConfigMap = ["Reports that a ConfigMap was read.", { verb: "get", resource: "configmaps" }] as const;
const allowed = (request: ApiRequest) =>
  ["Reports that the same request was allowed.", { ...request, code: 200 }] as const;

const actions: readonly ApiAction[] = [
  {
    name: "k8s-anonymous",
    rule: "Anonymous API request allowed",
    does: "Reports an anonymous request to list pods that was allowed.",
    request: { verb: "list", resource: "pods", name: null, user: "system:anonymous" },
    twin: ["Reports the same list request by an authenticated user.", { verb: "list", resource: "pods", name: null }],
  },
  {
    name: "k8s-anonymous-denied",
    rule: "Anonymous API request denied",
    does: "Reports an anonymous request to list pods that was denied.",
    request: { verb: "list", resource: "pods", name: null, user: "system:anonymous", code: 403 },
    twin: ["Reports the same list request by an authenticated user.", { verb: "list", resource: "pods", name: null }],
  },
  {
    name: "k8s-authentication-failed",
    rule: "API server authentication failed",
    does: "Reports a request with an invalid token.",
    request: { verb: "list", resource: "pods", name: null, code: 401 },
    twin: ["Reports the same request with a valid token.", { verb: "list", resource: "pods", name: null }],
  },
  {
    name: "k8s-denied",
    rule: "API request denied by authorization",
    does: "Reports a request to list pods that was denied.",
    request: { verb: "list", resource: "pods", name: null, code: 403 },
    twin: allowed({ verb: "list", resource: "pods", name: null }),
  },
  {
    name: "k8s-admission-rejected",
    rule: "API request rejected by admission control",
    does: "Reports an update of a deployment that admission control rejected.",
    request: { verb: "update", resource: "deployments", code: 403, decision: "allow" },
    twin: allowed({ verb: "update", resource: "deployments" }),
  },
  {
    name: "k8s-secret-denied",
    rule: "Secret access denied",
    does: "Reports that a user's request to read a secret was denied.",
    request: { verb: "get", resource: "secrets", code: 403 },
    twin: readConfigMap,
  },
  {
    name: "k8s-rbac-denied",
    rule: "RBAC change denied",
    does: "Reports that a user's request to change a role was denied.",
    request: { verb: "update", resource: "roles", code: 403 },
    twin: ["Reports that a role was read.", { verb: "get", resource: "roles" }],
  },
  {
    name: "k8s-impersonate-administrator",
    rule: "Cluster administrator impersonated",
    does: "Reports a request that impersonates the group system:masters.",
    request: {
      verb: "get",
      resource: "pods",
      impersonates: { username: "eyas-drill-other", groups: ["system:masters", "system:authenticated"] },
    },
    twin: ["Reports the same request without impersonation.", { verb: "get", resource: "pods" }],
  },
  {
    name: "k8s-impersonate",
    rule: "User impersonated",
    does: "Reports a request that impersonates another user.",
    request: {
      verb: "get",
      resource: "pods",
      impersonates: { username: "eyas-drill-other", groups: ["system:authenticated"] },
    },
    twin: ["Reports the same request without impersonation.", { verb: "get", resource: "pods" }],
  },
  {
    name: "k8s-impersonate-denied",
    rule: "User impersonation denied",
    does: "Reports that a user's request to impersonate another user was denied.",
    request: { verb: "get", resource: "pods", code: 403, decision: null },
    twin: ["Reports the same request without impersonation.", { verb: "get", resource: "pods" }],
  },
  {
    name: "k8s-binding-for-all",
    rule: "Access allowed by role binding for all users",
    does: "Reports a request that was allowed by a role binding for all users.",
    request: {
      verb: "get",
      resource: "pods",
      reason: 'RBAC: allowed by ClusterRoleBinding "drill" of ClusterRole "drill" to Group "system:authenticated"',
    },
    twin: [
      "Reports a request that was allowed by a role binding for one user.",
      {
        verb: "get",
        resource: "pods",
        reason: 'RBAC: allowed by ClusterRoleBinding "drill" of ClusterRole "drill" to User "eyas-drill"',
      },
    ],
  },
  {
    name: "k8s-own-permissions",
    rule: "Own API permissions enumerated",
    does: "Reports that a user requested a list of their permissions.",
    request: { verb: "create", resource: "selfsubjectrulesreviews", namespace: null, name: null },
    twin: [
      "Reports that a user checked one permission.",
      { verb: "create", resource: "selfsubjectaccessreviews", namespace: null, name: null },
    ],
  },
  {
    name: "k8s-injection",
    rule: "Injection payload in API request",
    does: "Reports a request for an object with markup in its name.",
    request: { verb: "get", resource: "configmaps", name: "<b>eyas-drill</b>", code: 404 },
    twin: readConfigMap,
  },
  {
    name: "k8s-all-secrets",
    rule: "Secrets listed across namespaces",
    does: "Reports a request to list the secrets in all namespaces.",
    request: { verb: "list", resource: "secrets", namespace: null, name: null },
    twin: [
      "Reports a request to list ConfigMaps.",
      { verb: "list", resource: "configmaps", namespace: null, name: null },
    ],
  },
  {
    name: "k8s-system-secret",
    rule: "Secret read in system namespace",
    does: "Reports that a secret in kube-system was read.",
    request: { verb: "get", resource: "secrets", namespace: "kube-system" },
    twin: readConfigMap,
  },
  {
    name: "k8s-secret",
    rule: "Secret read by human user",
    does: "Reports that a user read a secret.",
    request: { verb: "get", resource: "secrets" },
    twin: readConfigMap,
  },
  {
    name: "k8s-system-token",
    rule: "Service account token requested in system namespace",
    does: "Reports a request for a service account token in kube-system.",
    request: { verb: "create", resource: "serviceaccounts/token", namespace: "kube-system" },
  },
  {
    name: "k8s-token",
    rule: "Service account token requested",
    does: "Reports a request for a service account token.",
    request: { verb: "create", resource: "serviceaccounts/token" },
  },
  {
    name: "k8s-node-denied",
    rule: "Unauthorized request of node denied",
    also: ["API request denied by authorization"],
    does: "Reports that a node's request to change a pod was denied.",
    request: { verb: "update", resource: "pods", user: "system:node:eyas-drill", code: 403 },
    twin: [
      "Reports that a node's request to change a pod was allowed.",
      { verb: "update", resource: "pods", user: "system:node:eyas-drill" },
    ],
  },
  {
    name: "k8s-node-joined",
    rule: "Node joined cluster",
    does: "Reports that a node joined the cluster.",
    request: { verb: "create", resource: "nodes", namespace: null, user: "system:node:eyas-drill" },
  },
  {
    name: "k8s-client-certificate",
    rule: "API client certificate requested",
    does: "Reports a request for a client certificate for access to the API server.",
    request: signing("kubernetes.io/kube-apiserver-client"),
    twin: [
      "Reports that a certificate signing request was read.",
      { verb: "get", resource: "certificatesigningrequests", namespace: null },
    ],
  },
  {
    name: "k8s-certificate",
    rule: "Certificate signing request created",
    does: "Reports a request for a serving certificate of a kubelet.",
    request: signing("kubernetes.io/kubelet-serving"),
  },
  {
    name: "k8s-certificate-approved",
    rule: "Certificate signing request approved or denied",
    does: "Reports that a request for a certificate was approved.",
    request: { verb: "update", resource: "certificatesigningrequests/approval", namespace: null },
  },
];

function signing(signerName: string): ApiRequest {
  return {
    verb: "create",
    resource: "certificatesigningrequests",
    namespace: null,
    object: { spec: { signerName } },
  };
}

/** Actions that involve authentication, authorization, secrets and certificates. */
export const accessActions = actions.map(apiAction);
