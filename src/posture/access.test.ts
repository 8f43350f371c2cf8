import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Facts, factsOf, textOf } from "../transport/json.ts";
import { adminAccounts, bindingFindings, openRoles } from "./access.ts";

/** The findings about the bindings in manifests, each as `kind severity detail`. */
function findings(manifests: string): string[] {
  const objects: Facts[] = parseAllDocuments(manifests).map((each) => factsOf(each.toJS()));
  const roles = openRoles();
  const ofKind = (...kinds: readonly string[]): Facts[] => objects.filter(({ kind }) => kinds.includes(textOf(kind)));
  for (const role of ofKind("ClusterRole")) roles.add("ClusterRole", role);
  for (const role of ofKind("Role")) roles.add("Role", role);
  return ofKind("ClusterRoleBinding", "RoleBinding").flatMap((binding) =>
    bindingFindings(binding.kind === "RoleBinding" ? "RoleBinding" : "ClusterRoleBinding", binding, roles).map(
      ({ kind, severity, detail }) => `${kind} ${severity} ${detail}`,
    ),
  );
}

const role = (name: string, rules: string, more = ""): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${name} ${more} }
rules: ${rules}
---`;

const bound = (roleName: string, subjects: string, name = "own"): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: "${name}" }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "${roleName}" }
subjects: ${subjects}
---`;

const MARIA = "[{ kind: User, name: maria }]";

test("all subjects that are bound to cluster-admin are listed, even if roles cannot be read", () => {
  const subjects = `
  - { kind: User, name: maria }
  - { kind: Group, name: "admins" }
  - { kind: ServiceAccount, name: ci, namespace: build }`;
  expect(findings(bound("cluster-admin", subjects))).toEqual([
    "cluster-admin high User maria through ClusterRole cluster-admin",
    "cluster-admin high Group admins through ClusterRole cluster-admin",
    "cluster-admin high ServiceAccount build/ci through ClusterRole cluster-admin",
  ]);
});

test.each([
  "{ kind: Group, name: system:authenticated }",
  "{ kind: Group, name: system:unauthenticated }",
  "{ kind: Group, name: system:serviceaccounts }",
  "{ kind: User, name: system:anonymous }",
])("full access of all clients is critical: %s", (subject) => {
  expect(findings(bound("cluster-admin", `[${subject}]`))[0]).toMatch(/^cluster-admin critical /);
});

describe("full access is detected regardless of the name of the role", () => {
  test.each([
    ['[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]', true],
    ['[{ apiGroups: [""], resources: ["*"], verbs: ["*"] }]', true],
    ['[{ apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch, create, update, patch, delete] }]', true],
    [
      '[{ apiGroups: ["*"], resources: ["*"], verbs: [get, list] }, { apiGroups: ["*"], resources: ["*"], verbs: [create, update, delete] }]',
      true,
    ],
    ['[{ apiGroups: ["*"], resources: ["*"], verbs: [list, create, patch, deletecollection] }]', true],
    ['[{ apiGroups: ["*"], resources: ["*"], verbs: [get, list] }]', false],
    ['[{ apiGroups: [apps], resources: ["*"], verbs: ["*"] }]', false],
    ['[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"], resourceNames: [one] }]', false],
  ])("%s: %s", (rules, isFull) => {
    const found = findings(role("helper", rules) + bound("helper", MARIA));
    expect(found.includes("cluster-admin high User maria through ClusterRole helper")).toBe(isFull);
  });

  test("full access is detected through aggregation, before and after the controller has copied the rules", () => {
    const whole = '[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]';
    const aggregated = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: sum }
aggregationRule: { clusterRoleSelectors: [{ matchLabels: { team: shop } }] }
rules: []
---`;
    const part = role("part", whole, ", labels: { team: shop }");
    const expected = ["cluster-admin high User maria through ClusterRole sum"];
    expect(findings(aggregated + part + bound("sum", MARIA))).toEqual(expected);
    expect(findings(aggregated.replace("rules: []", `rules: ${whole}`) + bound("sum", MARIA))).toEqual(expected);
    expect(findings(aggregated + part.replace("team: shop", "team: other") + bound("sum", MARIA))).toEqual([]);
  });
});

describe("permissions that lead to full access", () => {
  test.each([
    [
      "{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate] }",
      "escalate clusterroles",
    ],
    [
      "{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind], resourceNames: [cluster-admin] }",
      "bind clusterroles",
    ],
    ['{ apiGroups: [""], resources: [users], verbs: [impersonate] }', "impersonate users"],
    ['{ apiGroups: [""], resources: [groups], verbs: ["*"], resourceNames: ["system:masters"] }', "impersonate groups"],
    ['{ apiGroups: [""], resources: ["*/proxy"], verbs: [create] }', "create nodes/proxy"],
    ['{ apiGroups: [""], resources: [nodes/proxy], verbs: [get] }', "get nodes/proxy"],
    [
      "{ apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [update] }",
      "update mutatingwebhookconfigurations",
    ],
    ['{ apiGroups: [""], resources: [serviceaccounts], verbs: [impersonate] }', "impersonate serviceaccounts"],
    ['{ apiGroups: [""], resources: [serviceaccounts/token], verbs: [create] }', "create serviceaccounts/token"],
    ...["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"].map((signer) => [
      `{ apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve], resourceNames: ["${signer}"] }`,
      "approve signers",
    ]),
  ])("%s", (rule, power) => {
    expect(findings(role("helper", `[${rule}]`) + bound("helper", MARIA))).toEqual([
      `escalation high User maria through ClusterRole helper (${power})`,
    ]);
  });

  test("except permissions that are limited to harmless names", () => {
    const rule =
      "[{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind], resourceNames: [view] }]";
    expect(findings(role("helper", rule) + bound("helper", MARIA))).toEqual([]);
  });

  test.each([
    ["{ apiGroups: [apps], resources: [daemonsets], verbs: [create] }", "create daemonsets"],
    ["{ apiGroups: [apps], resources: [deployments], verbs: [get, patch] }", "patch deployments"],
    ['{ apiGroups: [""], resources: ["pods/*", "*/exec"], verbs: ["*"] }', "create pods/exec"],
    ['{ apiGroups: [""], resources: [pods/exec], verbs: [get] }', "get pods/exec"],
  ])("permissions to run code in pods: %s", (rule, power) => {
    expect(findings(role("helper", `[${rule}]`) + bound("helper", MARIA))).toEqual([
      `run-pods medium User maria through ClusterRole helper (${power})`,
    ]);
  });

  test("permissions in the namespace of the control plane", () => {
    const binding = (namespace: string): string => `
kind: RoleBinding
metadata: { name: own, namespace: ${namespace} }
roleRef: { kind: ClusterRole, name: helper }
subjects: ${MARIA}
---`;
    const rule =
      '[{ apiGroups: [""], resources: [secrets], verbs: [get] }, { apiGroups: [""], resources: [pods], verbs: [create] }]';
    expect(findings(role("helper", rule) + binding("shop") + binding("kube-system"))).toEqual([
      "escalation high User maria through ClusterRole helper (create pods, read secrets in kube-system)",
    ]);
  });

  test.each(["get", "list", "watch", "patch", "deletecollection"])("secrets of all namespaces, verb %s", (verb) => {
    const rule = `[{ apiGroups: [""], resources: [secrets], verbs: [${verb}] }]`;
    expect(findings(role("helper", rule) + bound("helper", MARIA))).toEqual([
      "secret-access medium User maria through ClusterRole helper",
    ]);
  });
});

test("a RoleBinding grants full access only to its namespace", () => {
  const binding = (namespace: string): string => `
kind: RoleBinding
metadata: { name: own, namespace: ${namespace} }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects: ${MARIA}
---`;
  expect(findings(binding("shop") + binding("kube-system"))).toEqual([
    "namespace-admin medium User maria through ClusterRole cluster-admin",
    "namespace-admin high User maria through ClusterRole cluster-admin",
  ]);
});

test("a Role grants permissions in its namespace", () => {
  const rules = '[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]';
  const own = `
kind: Role
metadata: { name: all, namespace: shop }
rules: ${rules}
---
kind: RoleBinding
metadata: { name: own, namespace: NAMESPACE }
roleRef: { kind: Role, name: all }
subjects: [{ kind: ServiceAccount, name: web }]`;
  expect(findings(own.replace("NAMESPACE", "shop"))).toEqual([
    "namespace-admin medium ServiceAccount shop/web through Role all",
  ]);
  expect(findings(own.replace("NAMESPACE", "other"))).toEqual([]);
});

describe("bindings that every cluster has are of low severity", () => {
  test("for administrators with a certificate, but not for a subject that was added to the binding", () => {
    const subjects = '[{ kind: Group, name: "system:masters" }, { kind: User, name: mallory }]';
    expect(findings(bound("cluster-admin", subjects, "cluster-admin"))).toEqual([
      "cluster-admin low Group system:masters through ClusterRole cluster-admin",
      "cluster-admin high User mallory through ClusterRole cluster-admin",
    ]);
  });

  const account = (name: string, namespace = "kube-system") =>
    `[{ kind: ServiceAccount, name: ${name}, namespace: ${namespace} }]`;
  const changes = '[{ apiGroups: ["*"], resources: ["*"], verbs: [get, list, patch, update, delete] }]';

  test("for controllers, but not for another subject in their binding", () => {
    const controller = "generic-garbage-collector";
    const name = `system:controller:${controller}`;
    const own = role(`"${name}"`, changes);
    const severities = (subjects: string) =>
      findings(own + bound(name, subjects, name)).map((each) => each.split(" ", 2).join(" "));
    expect(severities(account(controller))).toEqual(["escalation low", "secret-access low", "run-pods low"]);
    expect(severities(account(controller, "shop"))).toEqual([
      "escalation high",
      "secret-access medium",
      "run-pods medium",
    ]);
  });

  test("for controllers in the namespace of the control plane", () => {
    const name = "system:controller:token-cleaner";
    const own = `
kind: Role
metadata: { name: "${name}", namespace: kube-system }
rules: [{ apiGroups: [""], resources: [secrets], verbs: [get, list, watch, delete] }]
---
kind: RoleBinding
metadata: { name: "${name}", namespace: kube-system }
roleRef: { kind: Role, name: "${name}" }
subjects: ${account("token-cleaner")}`;
    expect(findings(own)).toEqual([
      `escalation low ServiceAccount kube-system/token-cleaner through Role ${name} (read secrets in kube-system)`,
    ]);
  });

  test("but not for bindings and roles that only have such names, and not for a changed role", () => {
    const everything = '[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]';
    const first = (controller: string, rules: string) => {
      const name = `system:controller:${controller}`;
      return findings(role(`"${name}"`, rules) + bound(name, account(controller), name))[0];
    };
    expect(first("x", changes)).toMatch(/^escalation high /);
    expect(first("job-controller", everything)).toMatch(/^cluster-admin high /);
    expect(findings(bound("cluster-admin", account("x"), "system:controller:x"))[0]).toMatch(/^cluster-admin high /);
  });
});

test.each([
  [{ kind: "ServiceAccount", namespace: "shop", name: "ci" }, ["shop/ci"]],
  [{ kind: "User", name: "system:serviceaccount:shop:ci" }, ["shop/ci"]],
  [{ kind: "Group", name: "system:serviceaccounts:shop" }, ["shop/*"]],
  [{ kind: "Group", name: "system:serviceaccounts" }, ["*"]],
  [{ kind: "Group", name: "system:authenticated" }, ["*"]],
  [{ kind: "Group", name: "system:unauthenticated" }, []],
  [{ kind: "Group", name: "system:serviceaccount:shop:ci" }, []],
  [{ kind: "User", name: "system:serviceaccounts" }, []],
  [{ kind: "User", name: "maria" }, []],
])("the subject %j makes these service accounts administrators: %j", (subject, accounts) => {
  const to = (name: string) => ({ roleRef: { kind: "ClusterRole", name }, subjects: [subject] });
  expect(adminAccounts(to("cluster-admin"), openRoles())).toEqual(accounts);
  expect(adminAccounts(to("view"), openRoles())).toEqual([]);
});

test("invalid and malicious values cause no errors", () => {
  const roles = openRoles();
  for (const value of [null, 1, "x", [], {}, [null], [{ verbs: "x", resources: [null] }]]) {
    roles.add("ClusterRole", { metadata: value, rules: value, aggregationRule: { clusterRoleSelectors: value } });
    bindingFindings("RoleBinding", { metadata: value, roleRef: value, subjects: value }, roles);
    const all = { roleRef: { kind: "ClusterRole", name: "cluster-admin" }, subjects: value };
    expect(bindingFindings("ClusterRoleBinding", all, roles).length).toBeLessThan(2);
    expect(adminAccounts(all, roles)).toEqual([]);
  }
  const crowd = { length: 50_000 };
  const subjects = Array.from(crowd, (_, i) => ({ kind: "User", name: `user-${i}` }));
  const binding = { roleRef: { kind: "ClusterRole", name: "cluster-admin" }, subjects };
  expect(bindingFindings("ClusterRoleBinding", binding, roles)).toHaveLength(50_000);
});
