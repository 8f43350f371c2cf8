/** Categories of findings. */
export const categories = ["workload", "access", "exposure"] as const;
export type Category = (typeof categories)[number];

interface KindRow {
  readonly category: Category;
  /** The weakness as a noun phrase. */
  readonly what: string;
  /** Security impact of the weakness, in one sentence. */
  readonly why: string;
}

const table = {
  privileged: {
    category: "workload",
    what: "Privileged container",
    why: "A process in the container is not isolated from the node and can control it.",
  },
  "admin-account": {
    category: "workload",
    what: "Workload with full access to the cluster",
    why: "A process in the workload can use the token of its service account to control the cluster.",
  },
  "host-path": {
    category: "workload",
    what: "Host path mounted",
    why: "The container can access files on the node. With write access, it can change the node.",
  },
  "host-network": {
    category: "workload",
    what: "Host network",
    why: "The pod can connect to services that listen only on the node, and network policies do not apply to the pod.",
  },
  "host-pid": {
    category: "workload",
    what: "Host PID namespace",
    why: "Processes in the pod can see all processes on the node, including their arguments and environments, and can signal them.",
  },
  "host-ipc": {
    category: "workload",
    what: "Host IPC namespace",
    why: "Processes in the pod can read and write the shared memory of the node.",
  },
  unconfined: {
    category: "workload",
    what: "Unconfined container",
    why: "The profile that restricts the system calls or file access of a process is disabled.",
  },
  capabilities: {
    category: "workload",
    what: "Dangerous capabilities",
    why: "With these capabilities, a process can escape from the container or change the node.",
  },
  root: {
    category: "workload",
    what: "Container runs as root",
    why: "A process that escapes from the container is root on the node.",
  },
  "possible-root": {
    category: "workload",
    what: "Container can run as root",
    why: "The manifest does not require a non-root user, so the image determines the user.",
  },
  "cluster-admin": {
    category: "access",
    what: "Full access to the cluster",
    why: "The subject can read, change and delete every object in the cluster.",
  },
  "namespace-admin": {
    category: "access",
    what: "Full access to a namespace",
    why: "The subject can read every secret in the namespace, and run pods as any service account in the namespace.",
  },
  escalation: {
    category: "access",
    what: "Can grant itself full access",
    why: "With these permissions, the subject can become a cluster administrator.",
  },
  "secret-access": {
    category: "access",
    what: "Can read secrets in all namespaces",
    why: "Secrets contain tokens of other accounts, which can have more permissions.",
  },
  "run-pods": {
    category: "access",
    what: "Can run pods in all namespaces",
    why: "Pods can be privileged and can use any service account, unless Pod Security admission forbids this.",
  },
  "node-port": {
    category: "exposure",
    what: "Service exposed on a port of every node",
    why: "Clients that can connect to a node can connect to the service.",
  },
  "load-balancer": {
    category: "exposure",
    what: "Service behind a load balancer",
    why: "The load balancer can have a public address.",
  },
  "external-address": {
    category: "exposure",
    what: "Service with external addresses",
    why: "Traffic from the cluster to these addresses is sent to the service, even if the addresses belong to other hosts.",
  },
  "host-port": {
    category: "exposure",
    what: "Container port on the node",
    why: "Clients that can connect to the node can connect to the container.",
  },
  "ingress-without-tls": {
    category: "exposure",
    what: "Ingress without TLS",
    why: "Requests, including credentials, can be read and changed in transit.",
  },
  "exposed-dashboard": {
    category: "exposure",
    what: "Dashboard reachable from outside",
    why: "Dashboards can show and change objects in the cluster, often without authentication.",
  },
  dashboard: {
    category: "exposure",
    what: "Dashboard in the cluster",
    why: "If the dashboard requires no authentication, every pod that can connect to the dashboard can use the permissions of the dashboard.",
  },
} as const satisfies Readonly<Record<string, KindRow>>;

export type FindingKind = keyof typeof table;

/** All kinds of findings. */
export const kinds: Readonly<Record<FindingKind, KindRow>> = table;

export const kindNames: readonly FindingKind[] = Object.keys(table).filter(isKind);

export function isKind(name: string): name is FindingKind {
  return Object.hasOwn(table, name);
}
