/** A request to an API server. `$ID` in the path and the body stands for the ID of the scenario. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** Media type of the body; default: JSON. */
  readonly type?: string;
  /** User whose token is sent; default: an administrator. `anonymous`: no token; `invalid`: an invalid token. */
  readonly as?: "eve" | "controller" | "anonymous" | "invalid";
  /** Text after the user agent that identifies the scenario. */
  readonly agent?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An action of a user or attacker, which consists of one or more requests. */
export interface Scenario {
  readonly id: string;
  readonly requests: readonly Request[];
  /** Requests that are sent first and are not part of the scenario. */
  readonly before?: readonly Request[];
}

export type Fields = Readonly<Record<string, unknown>>;

/** Version and kind of resources. */
const KINDS: Readonly<Record<string, readonly [version: string, kind: string]>> = {
  pods: ["v1", "Pod"],
  configmaps: ["v1", "ConfigMap"],
  secrets: ["v1", "Secret"],
  services: ["v1", "Service"],
  serviceaccounts: ["v1", "ServiceAccount"],
  namespaces: ["v1", "Namespace"],
  nodes: ["v1", "Node"],
  events: ["v1", "Event"],
  endpoints: ["v1", "Endpoints"],
  resourcequotas: ["v1", "ResourceQuota"],
  limitranges: ["v1", "LimitRange"],
  persistentvolumes: ["v1", "PersistentVolume"],
  persistentvolumeclaims: ["v1", "PersistentVolumeClaim"],
  replicationcontrollers: ["v1", "ReplicationController"],
  deployments: ["apps/v1", "Deployment"],
  daemonsets: ["apps/v1", "DaemonSet"],
  statefulsets: ["apps/v1", "StatefulSet"],
  replicasets: ["apps/v1", "ReplicaSet"],
  jobs: ["batch/v1", "Job"],
  cronjobs: ["batch/v1", "CronJob"],
  roles: ["rbac.authorization.k8s.io/v1", "Role"],
  clusterroles: ["rbac.authorization.k8s.io/v1", "ClusterRole"],
  rolebindings: ["rbac.authorization.k8s.io/v1", "RoleBinding"],
  clusterrolebindings: ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding"],
  networkpolicies: ["networking.k8s.io/v1", "NetworkPolicy"],
  ingresses: ["networking.k8s.io/v1", "Ingress"],
  certificatesigningrequests: ["certificates.k8s.io/v1", "CertificateSigningRequest"],
  validatingwebhookconfigurations: ["admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"],
  mutatingwebhookconfigurations: ["admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"],
  validatingadmissionpolicies: ["admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"],
  customresourcedefinitions: ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
  apiservices: ["apiregistration.k8s.io/v1", "APIService"],
  horizontalpodautoscalers: ["autoscaling/v2", "HorizontalPodAutoscaler"],
  poddisruptionbudgets: ["policy/v1", "PodDisruptionBudget"],
  priorityclasses: ["scheduling.k8s.io/v1", "PriorityClass"],
  leases: ["coordination.k8s.io/v1", "Lease"],
};

/** Returns the path of objects. @param namespace undefined for cluster-scoped objects */
export function at(resource: string, namespace: string | undefined, name = ""): string {
  const [version] = KINDS[resource.split("/")[0] ?? ""] ?? ["v1"];
  const root = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
  const parts = [namespace === undefined ? "" : `namespaces/${namespace}`, resource.split("/")[0], name];
  const whole = [root, ...parts.filter((part) => part !== "")].join("/");
  const sub = resource.split("/")[1];
  return sub === undefined ? whole : `${whole}/${sub}`;
}

export function create(
  resource: string,
  namespace: string | undefined,
  fields: Fields = {},
  metadata: Fields = {},
): Request {
  const [apiVersion, kind] = KINDS[resource] ?? ["v1", resource];
  return {
    ...{ method: "POST", path: at(resource, namespace) },
    body: { apiVersion, kind, metadata: { name: "$ID", ...metadata }, ...fields },
  };
}

const MERGE = "application/merge-patch+json";

export function patch(
  resource: string,
  namespace: string | undefined,
  name: string,
  body: unknown,
  type = MERGE,
): Request {
  return { method: "PATCH", path: at(resource, namespace, name), body, type };
}

/** Returns a JSON patch with a single operation. */
export function jsonPatch(resource: string, namespace: string | undefined, name: string, operation: Fields): Request {
  return patch(resource, namespace, name, [operation], "application/json-patch+json");
}

export const read = (path: string): Request => ({ method: "GET", path });
export const remove = (resource: string, namespace: string | undefined, name = "$ID"): Request => ({
  method: "DELETE",
  path: at(resource, namespace, name),
});

/** Returns a pod or template with one container. */
export const spec = (pod: Fields = {}, container: Fields = {}): Fields => ({
  containers: [{ name: "web", image: "registry.example.com/shop/web:1.2", ...container }],
  ...pod,
});
export const shell = (text: string): Fields => ({ command: ["/bin/sh", "-c", text] });
export const secured = (securityContext: Fields): Fields => ({ securityContext });
export const hostPath = (path: string): Fields => ({ volumes: [{ name: "v", hostPath: { path } }] });
export const env = (name: string, value: string): Fields => ({ env: [{ name, value }] });

export const pod = (fields: Fields, container: Fields = {}, namespace = "shop"): Request =>
  create("pods", namespace, { spec: spec(fields, container) });

const WEB = { app: "web" };

/** Returns a workload of any kind with a pod template. */
export function workload(kind: string, template: Fields, namespace = "shop"): Request {
  const isJob = kind === "jobs" || kind === "cronjobs";
  const pods = { metadata: { labels: WEB }, spec: { ...(isJob && { restartPolicy: "Never" }), ...template } };
  const job = { template: pods };
  if (kind === "jobs") return create(kind, namespace, { spec: job });
  if (kind === "cronjobs")
    return create(kind, namespace, { spec: { schedule: "0 * * * *", jobTemplate: { spec: job } } });
  const selector = kind === "replicationcontrollers" ? WEB : { matchLabels: WEB };
  return create(kind, namespace, {
    spec: { selector, template: pods, ...(kind === "statefulsets" && { serviceName: "web" }) },
  });
}

/** Returns one scenario per entry. */
export function each(prefix: string, requests: Readonly<Record<string, Request | readonly Request[]>>): Scenario[] {
  return Object.entries(requests).map(([name, some]) => ({
    id: `${prefix}-${name}`,
    requests: "method" in some ? [some] : some,
  }));
}
