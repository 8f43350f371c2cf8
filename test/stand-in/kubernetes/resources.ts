// A resource of the stand-in: path and schema.
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  /** Name of the type in `schema.ts`. */
  readonly type: string;
}

const row = (group: string, version: string, resource: string, kind: string, type = `V1${kind}`): Resource => ({
  ...{ group, version, resource, kind, type },
  isNamespaced: !clusterWide.has(resource),
});

const clusterWide: ReadonlySet<string> = new Set([
  ...["nodes", "namespaces", "persistentvolumes", "clusterroles", "clusterrolebindings", "apiservices", "signers"],
  ...["selfsubjectreviews", "certificatesigningrequests", "customresourcedefinitions", "clusterissuers"],
  ...["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
  ...["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
]);

export const resources: readonly Resource[] = [
  row("", "v1", "pods", "Pod"),
  row("", "v1", "nodes", "Node"),
  row("", "v1", "namespaces", "Namespace"),
  row("", "v1", "configmaps", "ConfigMap"),
  row("", "v1", "secrets", "Secret"),
  row("", "v1", "services", "Service"),
  row("", "v1", "serviceaccounts", "ServiceAccount"),
  row("", "v1", "replicationcontrollers", "ReplicationController"),
  row("", "v1", "events", "Event", "CoreV1Event"),
  row("", "v1", "endpoints", "Endpoints"),
  row("", "v1", "limitranges", "LimitRange"),
  row("", "v1", "persistentvolumes", "PersistentVolume"),
  row("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
  row("", "v1", "podtemplates", "PodTemplate"),
  row("", "v1", "resourcequotas", "ResourceQuota"),
  row("apps", "v1", "deployments", "Deployment"),
  row("apps", "v1", "replicasets", "ReplicaSet"),
  row("apps", "v1", "daemonsets", "DaemonSet"),
  row("apps", "v1", "statefulsets", "StatefulSet"),
  row("batch", "v1", "jobs", "Job"),
  row("batch", "v1", "cronjobs", "CronJob"),
  row("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "V2HorizontalPodAutoscaler"),
  row("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
  row("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
  row("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
  row("networking.k8s.io", "v1", "ingresses", "Ingress"),
  row("certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest"),
  row("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview"),
  row("apiregistration.k8s.io", "v1", "apiservices", "APIService"),
  row("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"),
  row("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
  row("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
  row("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
  row("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
  row("rbac.authorization.k8s.io", "v1", "roles", "Role"),
  row("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole"),
  row("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
  row("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding"),
  row("cert-manager.io", "v1", "certificates", "Certificate", "CustomObject"),
  row("cert-manager.io", "v1", "clusterissuers", "ClusterIssuer", "CustomObject"),
  row("projectcalico.org", "v3", "networkpolicies", "NetworkPolicy", "CalicoPolicy"),
  row("cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy", "CiliumPolicy"),
];

/** The resource that a path refers to. */
export interface ResourcePath {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** Parses a path; undefined for unknown paths. */
export function parsePath(pathname: string): ResourcePath | undefined {
  const [, root = "", ...rest] = pathname.split("/").map((part) => decodeURIComponent(part));
  const group = root === "apis" ? (rest.shift() ?? "") : "";
  if (root !== "api" && root !== "apis") return undefined;
  const version = rest.shift();
  const isInside = rest[0] === "namespaces" && rest.length > 2;
  const namespace = isInside ? (rest[1] ?? "") : "";
  const [resource = "", name = "", subresource = "", more] = isInside ? rest.slice(2) : rest;
  if (more !== undefined) return undefined;
  const found = resources.find(
    (each) => each.group === group && each.version === version && each.resource === resource,
  );
  if (found === undefined || (isInside && !found.isNamespaced)) return undefined;
  if (found.isNamespaced && name !== "" && namespace === "") return undefined;
  return { resource: found, namespace, name, subresource };
}

/** Names of subresources. */
const subresources = [
  { name: "pods/eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
  { name: "pods/log", kind: "Pod", verbs: ["get"] },
  { name: "pods/exec", kind: "PodExecOptions", verbs: ["create", "get"] },
  { name: "pods/ephemeralcontainers", kind: "Pod", verbs: ["get", "patch", "update"] },
];

const verbs = ["create", "delete", "get", "list", "patch", "update"];

/** Returns the API discovery, which kubectl requests first; undefined for other paths. */
export function discovery(pathname: string): Readonly<Record<string, unknown>> | undefined {
  if (pathname === "/version") return { major: "1", minor: "36", gitVersion: "v1.36.0" };
  if (pathname === "/api") return { kind: "APIVersions", versions: ["v1"] };
  const groups = [...new Set(resources.map(({ group }) => group))].filter((group) => group !== "");
  if (pathname === "/apis") {
    const described = groups.map((name) => {
      const version = resources.find(({ group }) => group === name)?.version ?? "";
      const preferredVersion = { groupVersion: `${name}/${version}`, version };
      return { name, versions: [preferredVersion], preferredVersion };
    });
    return { kind: "APIGroupList", apiVersion: "v1", groups: described };
  }
  const [, root, ...rest] = pathname.split("/");
  const group = root === "apis" ? rest[0] : "";
  if (rest.length !== (root === "apis" ? 2 : 1)) return undefined;
  const found = resources.filter((each) => each.group === group);
  if (found.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: group === "" ? "v1" : `${group}/${rest[1]}`,
    resources: [
      ...found.map(({ resource: name, kind, isNamespaced: namespaced }) => ({
        name,
        kind,
        namespaced,
        singularName: "",
        verbs,
      })),
      ...(group === "" ? subresources.map((each) => ({ ...each, namespaced: true, singularName: "" })) : []),
    ],
  };
}
