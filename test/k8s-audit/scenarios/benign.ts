import {
  at,
  create,
  type Fields,
  jsonPatch,
  patch,
  pod,
  type Request,
  read,
  remove,
  type Scenario,
  secured,
  spec,
  workload,
} from "./scenario.ts";

const restricted = {
  ...{ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true },
  seccompProfile: { type: "RuntimeDefault" },
};
const map = (data: Fields): Request => create("configmaps", "shop", { data });
const one = (name: string, ...requests: readonly Request[]): Scenario => ({ id: `benign-${name}`, requests });
const after = (name: string, first: Request, ...requests: readonly Request[]): Scenario => ({
  ...one(name, ...requests),
  before: [first],
});
const deployment = workload("deployments", spec());
const onDeployment = (fields: Fields): Request =>
  patch("deployments", "shop", "$ID", fields, "application/strategic-merge-patch+json");
const template = (fields: Fields): Fields => ({ spec: { template: fields } });
const fromSecret = { env: [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }] };
const service = create("services", "shop", { spec: { ports: [{ port: 80 }], selector: { app: "web" } } });
const rules = [
  {
    host: "shop.example.com",
    http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }] },
  },
];
const ENFORCE = "pod-security.kubernetes.io/enforce";
const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

/** Ordinary actions of users, without any attacks. */
export const benign: readonly Scenario[] = [
  one("deployment", deployment),
  after("deployment-scaled", deployment, patch("deployments/scale", "shop", "$ID", { spec: { replicas: 3 } })),
  after(
    "deployment-image",
    deployment,
    onDeployment(template({ spec: { containers: [{ name: "web", image: "registry.example.com/shop/web:1.3" }] } })),
  ),
  after(
    "deployment-restarted",
    deployment,
    onDeployment(template({ metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-11-27" } } })),
  ),
  after("deployment-deleted", deployment, remove("deployments", "shop")),
  after(
    "deployment-json",
    deployment,
    jsonPatch("deployments", "shop", "$ID", { op: "replace", path: "/spec/replicas", value: 2 }),
  ),
  one("deployment-applied", {
    ...deployment,
    method: "PATCH",
    path: `${at("deployments", "shop", "$ID")}?fieldManager=kubectl`,
    type: "application/apply-patch+yaml",
  }),
  one("deployment-tried", { ...deployment, path: `${at("deployments", "shop")}?dryRun=All` }),
  one("stateful-set", workload("statefulsets", spec({}, fromSecret))),
  one("daemon-set", workload("daemonsets", spec({}, secured(restricted)))),
  one("job", workload("jobs", spec({}, { command: ["sh", "-c", "python manage.py migrate"] }))),
  one(
    "cron-job",
    workload("cronjobs", spec({}, { command: ["sh", "-c", "curl -fsS https://shop.example.com/tick > /dev/null"] })),
  ),
  one("pod", pod({})),
  one("pod-restricted", pod({}, secured(restricted))),
  one("pod-scratch", pod({ volumes: [{ name: "v", emptyDir: {} }] })),
  one("pod-capability", pod({}, secured({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }))),
  one(
    "pod-probes",
    pod(
      {},
      {
        livenessProbe: { exec: { command: ["sh", "-c", "pg_isready -U postgres"] } },
        lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
      },
    ),
  ),
  one("pod-secret", pod({}, fromSecret)),
  one(
    "pod-placeholder",
    pod(
      {},
      {
        env: [
          { name: "DB_PASSWORD", value: "$(SECRET)" },
          { name: "TOKEN_URL", value: "https://id.example.com/token" },
        ],
      },
    ),
  ),
  one("pod-selinux", pod(secured({ seLinuxOptions: { level: "s0:c123,c456" } }))),
  one("pod-sysctl", pod(secured({ sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] }))),
  one(
    "pod-not-ready-toleration",
    pod({
      tolerations: [
        { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 },
      ],
    }),
  ),
  after("pod-deleted", pod({}), remove("pods", "shop")),
  after("pod-evicted", pod({}), {
    method: "POST",
    path: at("pods/eviction", "shop", "$ID"),
    body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "$ID", namespace: "shop" } },
  }),
  one("pods-listed", read(at("pods", undefined))),
  one("pods-watched", read(`${at("pods", "shop")}?watch=1&timeoutSeconds=1`)),
  one("pod-log", read(`${at("pods/log", "shop", "web")}`)),
  one("map", map({ color: "blue", token_url: "https://id.example.com/token" })),
  one("map-placeholder", map({ "app.yaml": "password: ${DB_PASSWORD}\nsecretKey: <from vault>\n" })),
  one(
    "map-public-key",
    map({
      key: "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
      cert: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    }),
  ),
  after("map-changed", map({ color: "blue" }), patch("configmaps", "shop", "$ID", { data: { color: "green" } })),
  after("map-deleted", map({ color: "blue" }), remove("configmaps", "shop")),
  one("secret", create("secrets", "shop", { stringData: { password: "hunter2" } })),
  one("account", create("serviceaccounts", "shop")),
  one(
    "role",
    create("roles", "shop", {
      rules: [{ apiGroups: [""], verbs: ["get", "list", "watch"], resources: ["configmaps", "pods"] }],
    }),
  ),
  one(
    "binding",
    create("rolebindings", "shop", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }],
    }),
  ),
  one("service", service),
  one("service-headless", create("services", "shop", { spec: { clusterIP: "None", ports: [{ port: 80 }] } })),
  after("service-deleted", service, remove("services", "shop")),
  one(
    "ingress",
    create("ingresses", "shop", { spec: { rules, tls: [{ hosts: ["shop.example.com"], secretName: "tls" }] } }),
  ),
  one("network-policy", create("networkpolicies", "shop", { spec: { podSelector: {}, policyTypes: ["Ingress"] } })),
  one(
    "network-policy-from",
    create("networkpolicies", "shop", {
      spec: {
        podSelector: { matchLabels: { app: "web" } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: "front" } } }] }],
      },
    }),
  ),
  one("namespace", create("namespaces", undefined, {}, { labels: { [ENFORCE]: "restricted" } })),
  after(
    "namespace-labeled",
    create("namespaces", undefined, {}, { labels: { [ENFORCE]: "restricted" } }),
    patch("namespaces", undefined, "$ID", { metadata: { labels: { team: "shop" } } }),
  ),
  after(
    "namespace-raised",
    create("namespaces", undefined, {}, { labels: { [ENFORCE]: "baseline" } }),
    patch("namespaces", undefined, "$ID", { metadata: { labels: { [ENFORCE]: "restricted" } } }),
  ),
  one("claim", create("persistentvolumeclaims", "shop", { spec: claim })),
  one(
    "volume",
    create("persistentvolumes", undefined, {
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteMany"],
        nfs: { server: "192.0.2.9", path: "/exports/shop" },
      },
    }),
  ),
  one(
    "autoscaler",
    create("horizontalpodautoscalers", "shop", {
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
    }),
  ),
  one(
    "disruption-budget",
    create("poddisruptionbudgets", "shop", { spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } } }),
  ),
  one("quota", create("resourcequotas", "shop", { spec: { hard: { pods: "1000" } } })),
  one("limit-range", create("limitranges", "shop", { spec: { limits: [{ type: "Container", max: { cpu: "8" } }] } })),
  one("may-i", {
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { namespace: "shop", verb: "get", resource: "pods" } },
    },
  }),
  one("discovery", ...["/api", "/apis", "/version", "/openapi/v3", "/healthz"].map(read)),
];
