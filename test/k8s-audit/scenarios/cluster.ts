import {
  at,
  create,
  each,
  type Fields,
  jsonPatch,
  patch,
  pod,
  type Request,
  read,
  remove,
  type Scenario,
  spec,
} from "./scenario.ts";

const ENFORCE = "pod-security.kubernetes.io/enforce";
const KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n";
const map = (data: Fields): Request => create("configmaps", "shop", { data });

const data = each("data", {
  "secrets-everywhere": read(at("secrets", undefined)),
  "secrets-watched": read(`${at("secrets", undefined)}?watch=1&timeoutSeconds=1`),
  "secrets-of-namespace": read(at("secrets", "shop")),
  "secret-in-system": read(at("secrets", "kube-system")),
  "map-password": map({ conf: "password=hunter2" }),
  "map-aws": map({ anything: "AKIAIOSFODNN7EXAMPLE " }),
  "map-github": map({ anything: `ghp_${"a1B2".repeat(9)}` }),
  "map-jwt": map({ anything: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWc" }),
  "map-key": map({ anything: KEY }),
  "map-stripe": map({ anything: `sk_live_${"a1B2".repeat(6)}` }),
  "map-yaml": map({ "app.yaml": 'db:\n  password: "hunter2"\n' }),
  "map-binary": create("configmaps", "shop", { binaryData: { conf: Buffer.from(KEY).toString("base64") } }),
  "system-account": create("serviceaccounts", "kube-system"),
});

const systemMap = (name: string): Request =>
  create("configmaps", "kube-system", { data: { Corefile: ".:53 {}" } }, { name });
const changed = (id: string, first: Request, ...requests: readonly Request[]): Scenario => ({
  id,
  requests,
  before: [first],
});
const ofAccount = { "kubernetes.io/service-account.name": "web" };
const accountToken = create(
  "secrets",
  "shop",
  { type: "kubernetes.io/service-account-token" },
  { annotations: ofAccount },
);
const maps: readonly Scenario[] = [
  // The content of secrets is not recorded; the token controller fills this one.
  {
    id: "data-account-token",
    requests: [
      accountToken,
      {
        ...patch("secrets", "shop", "$ID", {}),
        ...{
          method: "PUT",
          type: "application/json",
          as: "controller",
          agent: "kube-controller-manager/v1.36.3/tokens-controller",
        },
        body: {
          ...(accountToken.body as Fields),
          metadata: { name: "$ID", annotations: { ...ofAccount, "kubernetes.io/service-account.uid": "u" } },
          data: { token: "eA==" },
        },
      },
    ],
  },
  changed(
    "data-dns",
    systemMap("coredns"),
    patch("configmaps", "kube-system", "coredns", { data: { Corefile: ".:53 { forward . 192.0.2.7 }" } }),
  ),
  changed("data-proxy", systemMap("kube-proxy"), remove("configmaps", "kube-system", "kube-proxy")),
  changed(
    "data-users",
    systemMap("aws-auth"),
    patch("configmaps", "kube-system", "aws-auth", { data: { mapUsers: "mallory" } }),
  ),
  changed(
    "data-proxy-authority",
    systemMap("extension-apiserver-authentication"),
    patch("configmaps", "kube-system", "extension-apiserver-authentication", {
      data: { "requestheader-allowed-names": "[]" },
    }),
  ),
  changed(
    "data-map-patched",
    map({ color: "blue" }),
    patch("configmaps", "shop", "$ID", { data: { conf: "api_key: 0123456789" } }),
  ),
  changed(
    "data-map-json",
    map({ color: "blue" }),
    jsonPatch("configmaps", "shop", "$ID", { op: "add", path: "/data/password", value: "hunter2" }),
  ),
];

const namespace = (level?: string): Request =>
  create("namespaces", undefined, {}, { ...(level !== undefined && { labels: { [ENFORCE]: level } }) });
const label = (value: string | null): Request =>
  patch("namespaces", undefined, "$ID", { metadata: { labels: { [ENFORCE]: value } } });
const POINTER = "/metadata/labels/pod-security.kubernetes.io~1enforce";
const namespaces: readonly Scenario[] = [
  ...each("namespace", {
    privileged: namespace("privileged"),
    "default-deleted": remove("namespaces", undefined, "default"),
    "system-deleted": remove("namespaces", undefined, "kube-system"),
  }),
  { id: "kube-tools", requests: [namespace()] },
  changed("namespace-lowered", namespace("restricted"), label("baseline")),
  changed("namespace-to-privileged", namespace("restricted"), label("privileged")),
  changed("namespace-unlabeled", namespace("restricted"), label(null)),
  changed(
    "namespace-unlabeled-json",
    namespace("restricted"),
    jsonPatch("namespaces", undefined, "$ID", { op: "remove", path: POINTER }),
  ),
  changed(
    "namespace-replaced-labels",
    namespace("baseline"),
    jsonPatch("namespaces", undefined, "$ID", { op: "replace", path: "/metadata/labels", value: {} }),
  ),
  changed("namespace-put", namespace("restricted"), {
    method: "PUT",
    path: at("namespaces", undefined, "$ID"),
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "$ID", labels: { team: "x" } } },
  }),
];

const node = create("nodes", undefined);
const onNode = (name: string, fields: Fields): Scenario =>
  changed(`node-${name}`, node, patch("nodes", undefined, "$ID", fields));
const nodes: readonly Scenario[] = [
  { id: "node-joined", requests: [node] },
  onNode("cordoned", { spec: { unschedulable: true } }),
  onNode("tainted", { spec: { taints: [{ key: "x", effect: "NoExecute" }] } }),
  onNode("control-plane-label", { metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } } }),
  changed(
    "node-cordoned-json",
    node,
    jsonPatch("nodes", undefined, "$ID", { op: "add", path: "/spec/unschedulable", value: true }),
  ),
  changed("node-deleted", node, remove("nodes", undefined)),
  changed("node-kubelet", node, read(`${at("nodes/proxy", undefined, "$ID")}/pods`)),
];

const systemPod = pod({}, {}, "kube-system");
const webPod = pod({});
const session = (sub: string, space: string, query = ""): Request => ({
  method: "POST",
  path: `${at(`pods/${sub}`, space, "$ID")}${query}`,
});
const debug = (more: Fields): Request =>
  patch(
    "pods/ephemeralcontainers",
    "shop",
    "$ID",
    { spec: { ephemeralContainers: [{ name: "d", image: "busybox", ...more }] } },
    "application/strategic-merge-patch+json",
  );
const EVICTION = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "$ID", namespace: "kube-system" } };
const pods: readonly Scenario[] = [
  changed("session-exec", webPod, session("exec", "shop", "?command=sh&stdin=true&stdout=true")),
  changed("session-attach", webPod, session("attach", "shop", "?stdout=true")),
  changed("session-forward", webPod, session("portforward", "shop", "?ports=5432")),
  changed("session-system", systemPod, session("exec", "kube-system", "?command=sh&stdout=true")),
  changed("session-debug", webPod, debug({})),
  changed("session-debug-privileged", webPod, debug({ securityContext: { privileged: true } })),
  changed("session-debug-capability", webPod, debug({ securityContext: { capabilities: { add: ["SYS_PTRACE"] } } })),
  changed("pod-proxied", webPod, read(`${at("pods/proxy", "shop", "$ID")}/admin`)),
  changed(
    "service-proxied",
    create("services", "shop", { spec: { ports: [{ port: 80 }] } }),
    read(`${at("services/proxy", "shop", "$ID")}/`),
  ),
  changed("system-pod-deleted", systemPod, remove("pods", "kube-system")),
  changed("system-pod-evicted", systemPod, {
    method: "POST",
    path: at("pods/eviction", "kube-system", "$ID"),
    body: EVICTION,
  }),
  { id: "pods-deleted-in-bulk", requests: [{ method: "DELETE", path: `${at("pods", "bulk")}?labelSelector=app` }] },
  { id: "secrets-deleted-in-bulk", requests: [{ method: "DELETE", path: at("secrets", "bulk") }] },
];

const service = (fields: Fields, metadata: Fields = {}): Request =>
  create("services", "shop", { spec: { ports: [{ port: 80 }], ...fields } }, metadata);
const rules = (host: string): Fields => ({
  rules: [
    {
      host,
      http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }] },
    },
  ],
});
const tls = { tls: [{ hosts: ["shop.example.com"], secretName: "tls" }] };
const snippet = { "nginx.ingress.kubernetes.io/configuration-snippet": "lua_need_request_body on;" };
const deny = create("networkpolicies", "shop", { spec: { podSelector: {}, policyTypes: ["Ingress"] } });
const network: readonly Scenario[] = [
  ...each("network", {
    "node-port": service({ type: "NodePort" }),
    "load-balancer": service({ type: "LoadBalancer" }),
    "external-addresses": service({ externalIPs: ["192.0.2.1"] }),
    "dashboard-port": service({ type: "NodePort" }, { name: "kubernetes-dashboard" }),
    "dashboard-ingress": create(
      "ingresses",
      "shop",
      { spec: { ...rules("g.example.com"), ...tls } },
      { name: "grafana" },
    ),
    "plain-ingress": create("ingresses", "shop", { spec: rules("shop.example.com") }),
    "snippet-ingress": create(
      "ingresses",
      "shop",
      { spec: { ...rules("s.example.com"), ...tls } },
      { annotations: snippet },
    ),
    "api-service": patch("services", "default", "kubernetes", { metadata: { labels: { changed: "true" } } }),
    "policy-for-all": create("networkpolicies", "shop", {
      spec: { podSelector: {}, ingress: [{}], policyTypes: ["Ingress"] },
    }),
  }),
  changed(
    "network-api-endpoint",
    create("endpoints", "default", {}, { name: "kubernetes" }),
    patch("endpoints", "default", "kubernetes", {
      subsets: [{ addresses: [{ ip: "192.0.2.7" }], ports: [{ name: "https", port: 6443 }] }],
    }),
  ),
  changed("network-port-merge", service({}), patch("services", "shop", "$ID", { spec: { type: "NodePort" } })),
  changed(
    "network-port-json",
    service({}),
    jsonPatch("services", "shop", "$ID", { op: "replace", path: "/spec/type", value: "NodePort" }),
  ),
  changed(
    "network-balancer-json",
    service({}),
    jsonPatch("services", "shop", "$ID", { op: "replace", path: "/spec/type", value: "LoadBalancer" }),
  ),
  changed(
    "network-addresses-json",
    service({}),
    jsonPatch("services", "shop", "$ID", { op: "add", path: "/spec/externalIPs", value: ["192.0.2.1"] }),
  ),
  changed("network-policy-deleted", deny, remove("networkpolicies", "shop")),
  changed("network-policy-opened", deny, patch("networkpolicies", "shop", "$ID", { spec: { ingress: [{}] } })),
];

const hook = (name: string): Fields => ({
  webhooks: [
    {
      ...{
        name,
        clientConfig: { url: "https://192.0.2.7/x" },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        failurePolicy: "Ignore",
      },
      rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }],
    },
  ],
});
const validating = create("validatingwebhookconfigurations", undefined, hook("a.example.com"));
const policy = create("validatingadmissionpolicies", undefined, {
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] },
      ],
    },
    validations: [{ expression: "true" }],
  },
});
const apiService = create(
  "apiservices",
  undefined,
  {
    spec: {
      group: "$ID.example.com",
      version: "v1",
      service: { name: "x", namespace: "shop" },
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  },
  { name: "v1.$ID.example.com" },
);
const definition = create(
  "customresourcedefinitions",
  undefined,
  {
    spec: {
      ...{
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "gadgets", singular: "gadget", kind: "Gadget" },
      },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  },
  { name: "gadgets.example.com" },
);
const volume = (source: Fields): Request =>
  create("persistentvolumes", undefined, {
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...source },
  });
const local = (path: string): Fields => ({
  local: { path },
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n1"] }] }],
    },
  },
});
const REQUEST = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";

const control: readonly Scenario[] = [
  ...each("control", {
    "webhook-validating": validating,
    "webhook-mutating": create("mutatingwebhookconfigurations", undefined, hook("m.example.com")),
    "api-service": apiService,
    definition,
    "volume-root": volume({ hostPath: { path: "/" } }),
    "volume-kubernetes": volume({ hostPath: { path: "/etc/kubernetes" } }),
    "volume-kubelet": volume({ hostPath: { path: "/var/lib/kubelet" } }),
    "volume-local": volume(local("/root")),
    "volume-claimed": create("persistentvolumeclaims", "shop", {
      spec: {
        volumeName: "host-root",
        storageClassName: "",
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    }),
    "name-payload": read(`${at("pods", "shop")}/%3Cscript%3E`),
    "leader-lease": create(
      "leases",
      "kube-system",
      { spec: { holderIdentity: "mallory" } },
      { name: "kube-controller-manager" },
    ),
  }),
  changed(
    "control-webhook-changed",
    validating,
    jsonPatch("validatingwebhookconfigurations", undefined, "$ID", {
      op: "replace",
      path: "/webhooks/0/failurePolicy",
      value: "Ignore",
    }),
  ),
  changed("control-webhook-deleted", validating, remove("validatingwebhookconfigurations", undefined)),
  changed("control-policy-deleted", policy, remove("validatingadmissionpolicies", undefined)),
  changed(
    "control-quota-deleted",
    create("resourcequotas", "shop", { spec: { hard: { pods: "100" } } }),
    remove("resourcequotas", "shop"),
  ),
  changed(
    "control-range-deleted",
    create("limitranges", "shop", { spec: { limits: [{ type: "Container", max: { cpu: "8" } }] } }),
    remove("limitranges", "shop"),
  ),
  changed(
    "control-events-deleted",
    create("events", "shop", { involvedObject: { namespace: "shop" }, reason: "x" }),
    remove("events", "shop"),
  ),
  changed("control-api-service-deleted", apiService, remove("apiservices", undefined, "v1.$ID.example.com")),
];

/** The request is not a certificate request, so that the API server rejects it. */
const certificates = each("certificate", {
  client: create("certificatesigningrequests", undefined, {
    spec: { request: REQUEST, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
  }),
});

export const hostileCluster: readonly Scenario[] = [
  ...[...data, ...maps, ...namespaces, ...nodes, ...pods, ...network, ...control, ...certificates],
];

/** Objects that the scenarios need. */
export const setUp: readonly Request[] = [
  ...["shop", "bulk"].map((name) => create("namespaces", undefined, {}, { name })),
  ...["shop", "kube-system"].map((space) => create("serviceaccounts", space, {}, { name: "web" })),
  create("secrets", "shop", { stringData: { user: "x" } }, { name: "db" }),
  create("pods", "shop", { spec: spec() }, { name: "web" }),
];
