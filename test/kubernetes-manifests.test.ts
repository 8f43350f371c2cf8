// The manifests in deploy/kubernetes are valid, and the permissions are those that Eyas uses.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { watchRoles } from "../src/agent/documents/known-roles.ts";
import { home } from "../src/agent/home.ts";
import { loadConfig } from "../src/config/load.ts";
import { watchKubernetes } from "../src/context/kubernetes/kubernetes.ts";
import { PodTable } from "../src/machine/pods.ts";
import { readPosture } from "../src/posture/read.ts";
import { openClient } from "../src/transport/kubernetes/client.ts";
import { ACCOUNT, podCredentials } from "../src/transport/kubernetes/credentials.ts";
import { needs } from "./parts/needs.ts";
import { wrongWith } from "./stand-in/kubernetes/schema.ts";
import { objects, podOf, webPod } from "./stand-in/kubernetes/shop.ts";
import { ApiServer } from "./stand-in/kubernetes/watched-api-server.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const read = (file: string): unknown[] =>
  parseAllDocuments(readFileSync(join(home, "deploy/kubernetes", file), "utf8")).map((each) => each.toJS());
const documents = ["rbac.yaml", "daemonset.yaml"].flatMap((file) => read(file) as Manifest[]);
const intake = read("audit-intake.yaml") as Manifest[];

function manifest<T>(kind: string, among: readonly Manifest[] = documents, name?: string): T {
  const found = among.find((each) => each.kind === kind && (name === undefined || each.metadata.name === name));
  if (found === undefined) throw new Error(`there is no ${kind}`);
  return found as T;
}

test("every object is valid for the Kubernetes API", () => {
  expect(documents.map(({ kind }) => kind)).toEqual([
    ...["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ClusterRole", "ClusterRoleBinding"],
    ...["ConfigMap", "DaemonSet"],
  ]);
  expect(intake.map(({ kind }) => kind)).toEqual([
    ...["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Service", "Deployment"],
    ...["PodDisruptionBudget", "NetworkPolicy"],
  ]);
  expect([...documents, ...intake].flatMap((each) => wrongWith(each, `V1${each.kind}`))).toEqual([]);
});

interface Role {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

test("the permissions are exactly those that are used (stand-in for an API server)", async () => {
  const server = new ApiServer();
  try {
    for (const [kind, each] of objects) server.put(kind, each);
    server.put("pods", webPod());
    server.put("pods", podOf("tidy-2900-q", "u-job", "batch/v1", "Job", "tidy-2900"));
    server.put("pods", podOf("old-1", "u-rc", "v1", "ReplicationController", "old"));
    server.put("pods", podOf("db-0", "u-db", "apps/v1", "StatefulSet", "db"));
    server.put("pods", podOf("net-0", "u-ds", "apps/v1", "DaemonSet", "net"));
    const credentials = podCredentials(await server.open(), server.folder);
    const pods = new PodTable();
    const options = { credentials, node: "n1", timeout: 5000, lifetime: 60_000, related: true };
    const kubernetes = watchKubernetes(options, pods, () => {}, { synced() {}, lost() {}, credentials() {} });
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(10)) {
      if (server.watching > 0 && [...pods.values()].every(({ related }) => related !== undefined)) break;
    }
    await kubernetes.close();
    expect(pods.size).toBe(5);
    const asked = server.asked.map(({ group, resource, verb }) => `${verb} ${resource}.${group}`);
    const granted = grantsOf("eyas");
    expect(new Set(granted)).toEqual(new Set(asked));
    expect(granted).toHaveLength(new Set(granted).size);
  } finally {
    await server.close();
  }
});

function grantsOf(role: string): string[] {
  return manifest<Role>("ClusterRole", documents, role).rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${verb} ${each}.${group}`))),
  );
}

test("the permissions for the posture are exactly those that are used, and are reported if they are missing (stand-in)", async () => {
  const server = new ApiServer();
  const client = openClient(podCredentials(await server.open(), server.folder));
  const options = { client, server: "", node: "n1", signal: new AbortController().signal, timeout: 60_000 };
  try {
    await readPosture(options).done;
    const granted = grantsOf("eyas-posture");
    expect(new Set(granted)).toEqual(
      new Set(server.asked.map((each) => `${each.verb} ${each.resource}.${each.group}`)),
    );
    expect(granted).toHaveLength(new Set(granted).size);
    server.allowed = new Set();
    const { reading, done } = readPosture(options);
    await done;
    expect([...reading.refused].sort()).toEqual(granted.map((each) => each.replace(/^list |\..*$/g, "")).sort());
  } finally {
    client.close();
    await server.close();
  }
});

test("the permissions of the audit intake are exactly those that are used (stand-in for an API server)", async () => {
  const server = new ApiServer();
  try {
    const credentials = podCredentials(await server.open(), server.folder);
    const roles = watchRoles(credentials, { timeout: 5000 }, () => {});
    await roles.ready;
    const asked = () => new Set(server.asked.map(({ group, resource, verb }) => `${verb} ${resource}.${group}`));
    const granted = manifest<Role>("ClusterRole", intake).rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${verb} ${each}.${group}`))),
    );
    await expect.poll(asked, { timeout: 60_000 }).toEqual(new Set(granted));
    await roles.close();
  } finally {
    await server.close();
  }
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

interface Container {
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

interface Workload {
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly serviceAccountName: string;
        readonly securityContext: object;
        readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
        readonly containers: readonly Container[];
      };
    };
  };
}

/** Returns the configuration in a ConfigMap, and its text. */
async function configIn(among: readonly Manifest[], container: Container | undefined) {
  const { data } = manifest<{ readonly data: Readonly<Record<string, string>> }>("ConfigMap", among);
  const [[name, text] = ["", ""]] = Object.entries(data);
  expect(container?.args.at(-1)?.endsWith(`/${name}`)).toBe(true);
  const file = join(mkdtempSync(join(tmpdir(), "eyas-manifest-")), name);
  writeFileSync(file, text);
  const { config, diagnostics } = await loadConfig(file, []);
  expect(diagnostics).toEqual([]);
  return { config, text };
}

test("the parts of the audit intake are consistent, and its configuration is valid", async () => {
  const { selector, template } = manifest<Workload>("Deployment", intake).spec;
  const [container] = template.spec.containers;
  expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  const { config } = await configIn(intake, container);
  const mounts = container?.volumeMounts.map(({ mountPath }) => mountPath) ?? [];
  expect(new Set(container?.volumeMounts.map(({ name }) => name))).toEqual(
    new Set(template.spec.volumes.map(({ name }) => name)),
  );
  const { k8s_audit: audit } = config.sources;
  const files = [
    container?.args.at(-1) ?? "",
    audit.certificate,
    audit.key,
    audit.client_authority,
    config.journal.path,
  ];
  expect(files.filter((file) => !mounts.some((mount) => file.startsWith(`${mount}/`)))).toEqual([]);
  expect(mounts).toContain(ACCOUNT);
  const ports = new Map(container?.ports.map(({ name, containerPort }) => [name, containerPort]));
  const [origin] = audit.from;
  expect(origin).toMatchObject({ kind: "http", tls: true, path: "/k8s-audit", port: ports.get("audit") });
  expect(config.webserver.listen_port).toBe(ports.get("http"));
  const service = manifest<{
    readonly spec: { readonly selector: object; readonly clusterIP: string; readonly ports: object };
  }>("Service", intake);
  expect(service.spec).toMatchObject({ selector: selector.matchLabels, ports: [{ port: 9765, targetPort: "audit" }] });
  expect(readFileSync(join(home, "docs/kubernetes-audit.md"), "utf8")).toContain(`IP:${service.spec.clusterIP}`);
  const budget = manifest<{ readonly spec: object }>("PodDisruptionBudget", intake);
  expect(budget.spec).toEqual({ minAvailable: 1, selector });
  const policy = manifest<{
    readonly spec: { readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[] };
  }>("NetworkPolicy", intake);
  expect(policy.spec).toMatchObject({ podSelector: selector, policyTypes: ["Ingress", "Egress"] });
  expect(policy.spec.ingress.flatMap((rule) => rule.ports.map(({ port }) => port))).toEqual([...ports.keys()]);
});

test("the pods of the audit intake have no privileges", () => {
  const { spec } = manifest<Workload>("Deployment", intake).spec.template;
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(spec.containers[0]?.securityContext).toEqual({
    ...{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  });
  expect(JSON.stringify(spec)).not.toMatch(/hostPath|hostNetwork|hostPID|privileged/);
});

test("the parts of the DaemonSet are consistent, and its configuration is valid", async () => {
  const { selector, template } = manifest<Workload>("DaemonSet").spec;
  const [container] = template.spec.containers;
  expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  expect(template.spec.serviceAccountName).toBe("eyas");
  const mounted = new Set(container?.volumeMounts.map(({ name }) => name));
  expect(mounted).toEqual(new Set(template.spec.volumes.map(({ name }) => name)));
  const { config, text } = await configIn(documents, container);
  expect(container?.ports.map(({ containerPort }) => containerPort)).toEqual([config.webserver.listen_port]);
  expect(container?.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(
    expect.arrayContaining(["/host/proc", "/host/etc", "/host/run", "/host/var/run", "/var/lib/eyas"]),
  );
  expect(config.journal.path.startsWith("/var/lib/eyas/")).toBe(true);
  // Field references in the configuration have to exist.
  expect(parse(text)).toHaveProperty("append_output");
});

test("the Docker command in the documents has the privileges and the paths of the DaemonSet", () => {
  const { volumes, containers } = manifest<Workload>("DaemonSet").spec.template.spec;
  const { securityContext, volumeMounts } = containers[0]!;
  const document = readFileSync(join(home, "docs/install.md"), "utf8");
  const command = /^docker run -d (?:.*\\\n)*.*/m.exec(document)?.[0] ?? "";
  const given = (option: string): string[] =>
    [...command.matchAll(new RegExp(` ${option} (\\S+)`, "g"))].map(([, value]) => value!);
  expect(securityContext).toMatchObject({
    capabilities: { drop: ["ALL"], add: given("--cap-add") },
    ...{ appArmorProfile: { type: "Unconfined" }, seLinuxOptions: { type: "spc_t" } },
  });
  expect(given("--cap-drop")).toEqual(["all"]);
  expect(given("--security-opt")).toEqual(["apparmor=unconfined"]);
  expect(document).toContain("--security-opt label=type:spc_t");
  expect([securityContext, command]).toEqual([
    expect.objectContaining({ readOnlyRootFilesystem: true }),
    expect.stringContaining(" --read-only "),
  ]);
  const paths = new Map(volumes.map(({ name, hostPath }) => [name, hostPath?.path]));
  const mounted = volumeMounts
    .filter(({ name }) => paths.get(name) !== undefined)
    .map(({ name, mountPath, readOnly }) => `${paths.get(name)}:${mountPath}${readOnly === true ? ":ro" : ""}`);
  expect(given("-v").sort()).toEqual(mounted.sort());
});

test.each([
  ["DaemonSet", documents],
  ["Deployment", intake],
] as const)("the pods of the %s have minutes to start, before the liveness probe begins", async (kind, among) => {
  const [container] = manifest<Workload>(kind, among).spec.template.spec.containers;
  const { startupProbe, livenessProbe, readinessProbe } = container!;
  const { config } = await configIn(among, container);
  const path = config.webserver.k8s_healthz_endpoint;
  expect(readinessProbe.httpGet).toEqual({ path, port: "http" });
  // A busy container responds late: the defaults are 1 s and three failures.
  expect(livenessProbe).toEqual({
    httpGet: { path: `${path}?exclude=journal`, port: "http" },
    ...{ timeoutSeconds: 10, failureThreshold: 6 },
  });
  expect(startupProbe.httpGet).toEqual(livenessProbe.httpGet);
  expect((startupProbe.periodSeconds ?? 10) * (startupProbe.failureThreshold ?? 3)).toBeGreaterThanOrEqual(300);
});

test("kubectl reads the manifests as objects of the expected kinds", needs("kubectl"), () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-kustomize-"));
  const files = ["rbac.yaml", "daemonset.yaml", "audit-intake.yaml"];
  for (const file of files) writeFileSync(join(folder, file), readFileSync(join(home, "deploy/kubernetes", file)));
  writeFileSync(join(folder, "kustomization.yaml"), `resources: [${files.join(", ")}]\n`);
  const { status, stdout, stderr } = spawnSync("kubectl", ["kustomize", folder], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout.match(/^kind: .*$/gm)).toHaveLength(documents.length + intake.length);
});
