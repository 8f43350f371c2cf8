import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { factsOf } from "../transport/json.ts";
import { podFindings } from "./pod.ts";

const ALONE = { claimed: new Map<string, string>(), admins: new Set<string>() };

/** The findings about a manifest, each as `kind severity object container detail`. */
function findings(manifest: string, around: Partial<typeof ALONE> = {}): string[] {
  return podFindings(factsOf(parse(manifest)), { ...ALONE, ...around }).map(
    ({ kind, severity, object, container, detail }) =>
      [kind, severity, `${object.kind}:${object.namespace}/${object.name}`, container, detail]
        .filter(Boolean)
        .join(" "),
  );
}

const pod = (spec: string, metadata = ""): string => `
apiVersion: v1
kind: Pod
metadata:
  name: web-1
  namespace: shop
  creationTimestamp: "2026-11-20T08:00:00Z"
${metadata}
spec:
${spec}
`;

/** Specification of a pod without findings. */
const HARMLESS = `
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
  containers: [{ name: main, image: web, securityContext: { capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } } }]`;

test("a restricted pod has no findings", () => {
  expect(findings(pod(HARMLESS))).toEqual([]);
});

describe("each weakness is a finding", () => {
  const context = (security: string, more = ""): string => `
  securityContext: { runAsNonRoot: true }
  containers: [{ name: main, image: web, securityContext: ${security} ${more} }]`;
  test.each([
    ["{ privileged: true }", "privileged high Pod:shop/web-1 main"],
    ["{ windowsOptions: { hostProcess: true } }", "privileged high Pod:shop/web-1 main process of the Windows host"],
    ["{ capabilities: { add: [cap_sys_admin, NET_BIND_SERVICE] } }", "capabilities high Pod:shop/web-1 main SYS_ADMIN"],
    ["{ capabilities: { add: [ALL] } }", "capabilities high Pod:shop/web-1 main ALL"],
    ["{ capabilities: { add: [SYS_TIME, SYSLOG] } }", "capabilities medium Pod:shop/web-1 main SYSLOG, SYS_TIME"],
    ["{ seccompProfile: { type: Unconfined } }", "unconfined medium Pod:shop/web-1 main seccomp"],
    ["{ appArmorProfile: { type: Unconfined } }", "unconfined medium Pod:shop/web-1 main AppArmor"],
    ["{ seLinuxOptions: { type: spc_t } }", "unconfined medium Pod:shop/web-1 main SELinux"],
    ["{ procMount: Unmasked }", "unconfined medium Pod:shop/web-1 main /proc masks"],
    ["{ runAsUser: 0, runAsNonRoot: false }", "root medium Pod:shop/web-1 main"],
    ["{ runAsNonRoot: false }", "possible-root low Pod:shop/web-1 main"],
    ["{}, ports: [{ containerPort: 80, hostPort: 8080 }]", "host-port low Pod:shop/web-1 main 8080"],
  ])("%s", (security, expected) => {
    expect(findings(pod(context(security)))).toEqual([expected]);
  });

  test.each([
    ["hostNetwork: true", "host-network medium Pod:shop/web-1"],
    ["hostPID: true", "host-pid high Pod:shop/web-1"],
    ["hostIPC: true", "host-ipc medium Pod:shop/web-1"],
  ])("%s", (field, expected) => {
    expect(findings(pod(`  ${field}${HARMLESS}`))).toEqual([expected]);
  });
});

test("a profile of the container takes precedence over the profile of the pod", () => {
  const spec = `
  securityContext: { runAsNonRoot: true, seccompProfile: { type: Unconfined } }
  containers:
    - { name: own, securityContext: { seccompProfile: { type: RuntimeDefault } } }
    - { name: shared }`;
  expect(findings(pod(spec))).toEqual(["unconfined medium Pod:shop/web-1 shared seccomp"]);
});

test("the AppArmor annotation of older clusters is evaluated", () => {
  const note = "  annotations: { container.apparmor.security.beta.kubernetes.io/main: unconfined }";
  expect(findings(pod(HARMLESS, note))).toEqual(["unconfined medium Pod:shop/web-1 main AppArmor"]);
});

test("root in a user namespace of the pod is not a finding", () => {
  expect(
    findings(pod(`  hostUsers: false\n  containers: [{ name: main, securityContext: { runAsUser: 0 } }]`)),
  ).toEqual([]);
});

test("init and ephemeral containers are evaluated", () => {
  const spec = `
  securityContext: { runAsNonRoot: true }
  containers: [{ name: main }]
  initContainers: [{ name: prepare, securityContext: { privileged: true } }]
  ephemeralContainers: [{ name: debugger, securityContext: { privileged: true } }]`;
  expect(findings(pod(spec))).toEqual([
    "privileged high Pod:shop/web-1 prepare",
    "privileged high Pod:shop/web-1 debugger",
  ]);
});

describe("the severity of a host path depends on the path and on whether it is writable", () => {
  const mounting = (path: string, readOnly: boolean): string =>
    pod(`
  securityContext: { runAsNonRoot: true }
  volumes: [{ name: node, hostPath: { path: "${path}" } }]
  containers: [{ name: main, volumeMounts: [{ name: node, mountPath: /node, readOnly: ${readOnly} }] }]`);
  test.each([
    ["/", false, "critical"],
    ["//./", false, "critical"],
    ["/", true, "high"],
    ["/run/containerd/containerd.sock", true, "critical"],
    ["/etc/", false, "high"],
    ["/etc/kubernetes/manifests", true, "medium"],
    ["/var/lib", false, "high"],
    ["/var/log", false, "medium"],
    ["/srv/data", true, "low"],
    ["/etcetera", true, "low"],
  ])("%s, read-only: %s", (path, readOnly, severity) => {
    const [found] = findings(mounting(path, readOnly));
    expect(found).toBe(`host-path ${severity} Pod:shop/web-1 main ${path} (${readOnly ? "read-only" : "writable"})`);
  });
});

test("a host path behind a claim is also a finding", () => {
  const spec = `
  securityContext: { runAsNonRoot: true }
  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
  containers: [{ name: main, volumeMounts: [{ name: data, mountPath: /data }] }]`;
  expect(findings(pod(spec), { claimed: new Map([["shop/data", "/etc"]]) })).toEqual([
    "host-path high Pod:shop/web-1 main /etc (writable)",
  ]);
  expect(findings(pod(spec), { claimed: new Map([["other/data", "/etc"]]) })).toEqual([]);
  const ephemeral = spec.replace(
    "persistentVolumeClaim: { claimName: data }",
    "ephemeral: { volumeClaimTemplate: {} }",
  );
  expect(findings(pod(ephemeral), { claimed: new Map([["shop/web-1-data", "/etc"]]) })).toEqual([
    "host-path high Pod:shop/web-1 main /etc (writable)",
  ]);
});

test("a workload whose service account has full access is a finding, unless the token is not mounted in any container", () => {
  const admins = new Set(["shop/ci"]);
  const expected = ["admin-account high Pod:shop/web-1 ServiceAccount shop/ci"];
  const account = "  serviceAccountName: ci\n";
  const none = "  automountServiceAccountToken: false\n";
  const projected = "  volumes: [{ name: t, projected: { sources: [{ serviceAccountToken: { path: t } }] } }]\n";
  expect(findings(pod(`${account}${HARMLESS}`), { admins })).toEqual(expected);
  expect(findings(pod(`${account}${none}${HARMLESS}`), { admins })).toEqual([]);
  expect(findings(pod(`${account}${none}${projected}${HARMLESS}`), { admins })).toEqual(expected);
  for (const all of ["shop/*", "*"])
    expect(findings(pod(`${account}${HARMLESS}`), { admins: new Set([all]) })).toEqual(expected);
  for (const other of ["other/ci", "other/*"])
    expect(findings(pod(`${account}${HARMLESS}`), { admins: new Set([other]) })).toEqual([]);
});

describe("a finding contains the workload of the pod", () => {
  const owned = (kind: string, name: string, labels = "{}"): string =>
    pod(
      `  hostPID: true${HARMLESS}`,
      `  labels: ${labels}
  ownerReferences: [{ apiVersion: apps/v1, kind: ${kind}, name: "${name}", uid: u, controller: true }]`,
    );
  test.each([
    ["ReplicaSet", "web-5d8c9", "{ pod-template-hash: 5d8c9 }", "Deployment:shop/web"],
    ["ReplicaSet", "web-5d8c9", "{}", "ReplicaSet:shop/web-5d8c9"],
    ["DaemonSet", "agent", "{}", "DaemonSet:shop/agent"],
    ["Job", "tidy-29000001", "{}", "CronJob:shop/tidy"],
    ["Job", "import", "{}", "Job:shop/import"],
    ["Job", "db-migrate-20261128", "{}", "Job:shop/db-migrate-20261128"],
    ["Node", "1", "{}", "Pod:shop/web"],
  ])("%s %s", (kind, name, labels, object) => {
    expect(findings(owned(kind, name, labels))).toEqual([`host-pid high ${object}`]);
  });
});

test("a completed pod has no findings, unless a CronJob starts similar pods", () => {
  const owner =
    "  ownerReferences: [{ apiVersion: batch/v1, kind: Job, name: tidy-29000001, uid: u, controller: true }]";
  const ended = `${pod(`  hostPID: true${HARMLESS}`, owner)}status: { phase: Succeeded }`;
  expect(findings(ended)).toEqual(["host-pid high CronJob:shop/tidy"]);
  expect(findings(ended.replace("tidy-29000001", "import"))).toEqual([]);
  expect(findings(`${pod(`  hostPID: true${HARMLESS}`)}status: { phase: Succeeded }`)).toEqual([]);
});

test("invalid and malicious values cause no errors", () => {
  const values = [null, 1, "x", [], {}, [null], { containers: [null, { securityContext: "x", volumeMounts: {} }] }];
  for (const spec of values)
    expect(() =>
      podFindings({ metadata: { labels: 1, ownerReferences: [{ controller: true }] }, spec }, ALONE),
    ).not.toThrow();
  const [found] = podFindings({ metadata: { name: "x".repeat(5000) }, spec: { hostPID: true, containers: [] } }, ALONE);
  expect(found?.object.name).toHaveLength(300);
});
