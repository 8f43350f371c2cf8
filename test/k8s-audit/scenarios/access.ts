import {
  at,
  create,
  each,
  type Fields,
  jsonPatch,
  patch,
  type Request,
  read,
  remove,
  type Scenario,
} from "./scenario.ts";

const GROUP = "rbac.authorization.k8s.io";
const rule = (verbs: readonly string[], resources: readonly string[], apiGroups: readonly string[] = [""]): Fields => ({
  ...{ apiGroups, verbs, resources },
});
const role = (...rules: readonly Fields[]): Request => create("clusterroles", undefined, { rules });
const aggregated = (to: string, ...rules: readonly Fields[]): Request =>
  create(
    "clusterroles",
    undefined,
    { rules },
    { labels: { [`rbac.authorization.k8s.io/aggregate-to-${to}`]: "true" } },
  );
const user = (name: string): Fields => ({ apiGroup: GROUP, kind: "User", name });
const group = (name: string): Fields => ({ apiGroup: GROUP, kind: "Group", name });
const account = (name: string, namespace = "shop"): Fields => ({ kind: "ServiceAccount", name, namespace });
const bind = (name: string, ...subjects: readonly Fields[]): Request =>
  create("clusterrolebindings", undefined, { roleRef: { apiGroup: GROUP, kind: "ClusterRole", name }, subjects });
const bindIn = (kind: string, name: string, ...subjects: readonly Fields[]): Request =>
  create("rolebindings", "shop", { roleRef: { apiGroup: GROUP, kind, name }, subjects });
const everything = rule(["*"], ["*"], ["*"]);
const WRITES = ["get", "list", "watch", "create", "update", "patch", "delete"];

const roles = each("role", {
  wildcard: role(everything),
  "wildcard-verbs": role(rule(["*"], ["pods"])),
  "wildcard-resources": role(rule(["get"], ["*"])),
  "wildcard-url": role({ verbs: ["*"], nonResourceURLs: ["*"] }),
  "wildcard-namespaced": create("roles", "shop", { rules: [everything] }),
  exec: role(rule(["create"], ["pods/exec"])),
  attach: role(rule(["create"], ["pods/attach"])),
  debug: role(rule(["update"], ["pods/ephemeralcontainers"])),
  kubelet: role(rule(["get"], ["nodes/proxy"])),
  escalate: role(rule(["escalate"], ["clusterroles"], [GROUP])),
  bind: role(rule(["bind"], ["clusterroles"], [GROUP])),
  impersonate: role(rule(["impersonate"], ["users", "groups"])),
  tokens: role(rule(["create"], ["serviceaccounts/token"])),
  approve: role(rule(["update"], ["certificatesigningrequests/approval"], ["certificates.k8s.io"])),
  webhooks: role(rule(["create"], ["mutatingwebhookconfigurations"], ["admissionregistration.k8s.io"])),
  "secrets-get": role(rule(["get"], ["secrets"])),
  "secrets-list": role(rule(["list"], ["secrets"])),
  "pods-create": role(rule(["create"], ["pods"])),
  "aggregated-secrets": aggregated("view", rule(["get"], ["secrets"])),
  "aggregated-everything": aggregated("edit", everything),
  "aggregated-exec": aggregated("admin", rule(["create"], ["pods/exec"])),
  "aggregated-later": [
    create("clusterroles", undefined, { rules: [rule(["list"], ["secrets"])] }),
    patch("clusterroles", undefined, "$ID", {
      metadata: { labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
    }),
  ],
});

const harmless = role(rule(["get"], ["configmaps"]));
const roleChanges: readonly Scenario[] = (
  [
    ["wildcard-merge", patch("clusterroles", undefined, "$ID", { rules: [everything] })],
    ["wildcard-json", jsonPatch("clusterroles", undefined, "$ID", { op: "add", path: "/rules/-", value: everything })],
    [
      "secrets-json",
      jsonPatch("clusterroles", undefined, "$ID", { op: "add", path: "/rules/-", value: rule(["get"], ["secrets"]) }),
    ],
    [
      "exec-json",
      jsonPatch("clusterroles", undefined, "$ID", { op: "replace", path: "/rules/0/resources/0", value: "pods/exec" }),
    ],
    [
      "escalate-json",
      jsonPatch("clusterroles", undefined, "$ID", {
        op: "add",
        path: "/rules/-",
        value: rule(["escalate"], ["roles"], [GROUP]),
      }),
    ],
    [
      "verbs-json",
      jsonPatch("clusterroles", undefined, "$ID", { op: "replace", path: "/rules/0/verbs", value: ["*"] }),
    ],
  ] as const
).map(([name, request]) => ({ id: `role-changed-${name}`, requests: [request], before: [harmless] }));

const builtIn = each("role-built-in", {
  view: jsonPatch("clusterroles", undefined, "view", {
    op: "add",
    path: "/rules",
    value: [rule(["get"], ["secrets"])],
  }),
  discovery: patch("clusterroles", undefined, "system:discovery", {
    rules: [{ verbs: ["get"], nonResourceURLs: ["*"] }],
  }),
  deleted: remove("clusterroles", undefined, "system:node-bootstrapper"),
});

const bindings = each("binding", {
  "admin-user": bind("cluster-admin", user("mallory")),
  "admin-group": bind("cluster-admin", group("developers")),
  "admin-account": bind("cluster-admin", account("web")),
  "admin-namespace": bindIn("ClusterRole", "cluster-admin", user("mallory")),
  anonymous: bind("view", user("system:anonymous")),
  unauthenticated: bind("view", group("system:unauthenticated")),
  authenticated: bind("view", group("system:authenticated")),
  accounts: bind("view", group("system:serviceaccounts")),
  "default-account": bindIn("ClusterRole", "view", account("default")),
  admin: bind("admin", user("mallory")),
  edit: bind("edit", user("mallory")),
  node: bind("system:node", user("mallory")),
  controller: bind("system:controller:clusterrole-aggregation-controller", account("web")),
  "own-wildcard": [role(everything), bind("$ID", user("mallory"))],
  "many-verbs": [role(rule(WRITES, ["*"], ["*"])), bind("$ID", user("mallory"))],
  "split-wildcard": [
    role(rule(["get"], ["*"], ["*"]), rule(["create", "update", "delete"], ["*"], ["*"])),
    bind("$ID", user("mallory")),
  ],
  "wildcard-namespaced": [create("roles", "shop", { rules: [everything] }), bindIn("Role", "$ID", user("mallory"))],
});

const toView = bind("view", user("alice"));
const adminBinding = bind("cluster-admin", group("operators"));
const changed = (name: string, first: Request, request: Request): Scenario => ({
  id: `binding-changed-${name}`,
  requests: [request],
  before: [first],
});
const subject = (value: Fields): Request =>
  jsonPatch("clusterrolebindings", undefined, "$ID", { op: "add", path: "/subjects/-", value });
const bindingChanges: readonly Scenario[] = [
  changed("admin-json", adminBinding, subject(user("mallory"))),
  changed("admin-merge", adminBinding, patch("clusterrolebindings", undefined, "$ID", { subjects: [user("mallory")] })),
  changed("anonymous-json", toView, subject(user("system:anonymous"))),
  changed("authenticated-json", toView, subject(group("system:authenticated"))),
  changed(
    "anonymous-merge",
    toView,
    patch("clusterrolebindings", undefined, "$ID", { subjects: [group("system:unauthenticated")] }),
  ),
  {
    id: "binding-changed-built-in",
    requests: [
      jsonPatch("clusterrolebindings", undefined, "cluster-admin", {
        op: "add",
        path: "/subjects/-",
        value: user("mallory"),
      }),
    ],
  },
  { id: "binding-deleted-built-in", requests: [remove("clusterrolebindings", undefined, "system:node-proxier")] },
];

const as = (request: Request, who: Request["as"] & string): Request => ({ ...request, as: who });
const acting = (name: string, headers: Readonly<Record<string, string>>): Request => ({
  ...read(at("pods", "shop")),
  headers: { "impersonate-user": name, ...headers },
});
const TOKEN = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
const token = (name: string, namespace: string): Request => ({
  ...{ method: "POST", path: at("serviceaccounts/token", namespace, name), body: TOKEN },
});
const review = (kind: string, fields: Fields): Request => ({
  ...{ method: "POST", path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s` },
  body: { apiVersion: "authorization.k8s.io/v1", kind, spec: fields },
});

const identity = each("identity", {
  anonymous: as(read(at("pods", undefined)), "anonymous"),
  "anonymous-secrets": as(read(at("secrets", "kube-system")), "anonymous"),
  "anonymous-metrics": as(read("/metrics"), "anonymous"),
  "invalid-token": as(read(at("pods", "shop")), "invalid"),
  "denied-pods": as(read(at("pods", undefined)), "eve"),
  "denied-nodes": as(read(at("nodes", undefined)), "eve"),
  "denied-secret": as(read(at("secrets", "shop", "db")), "eve"),
  "denied-secrets": as(read(at("secrets", undefined)), "eve"),
  "denied-pod": as(create("pods", "shop", { spec: { containers: [{ name: "a", image: "a" }] } }), "eve"),
  "denied-binding": as(bind("cluster-admin", user("mallory")), "eve"),
  "denied-exec": as({ method: "POST", path: `${at("pods/exec", "shop", "web")}?command=sh` }, "eve"),
  "denied-token": as(token("web", "shop"), "eve"),
  permissions: as(review("SelfSubjectRulesReview", { namespace: "shop" }), "eve"),
  "impersonated-user": acting("alice", {}),
  "impersonated-account": acting("system:serviceaccount:shop:web", {}),
  "impersonated-masters": acting("alice", { "impersonate-group": "system:masters" }),
  "impersonated-controller": acting("system:kube-controller-manager", {}),
  "impersonation-denied": as(acting("admin", { "impersonate-group": "system:masters" }), "eve"),
  "token-of-account": token("web", "shop"),
  "token-in-system": token("web", "kube-system"),
});

export const hostileAccess: readonly Scenario[] = [
  // Comes before the bindings that give its users rights.
  ...identity,
  ...[...roles, ...roleChanges, ...builtIn, ...bindings, ...bindingChanges],
];
