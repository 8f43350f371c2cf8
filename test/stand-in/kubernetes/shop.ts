import type { Manifest } from "./watched-api-server.ts";

// A shop in a cluster: the objects in the API server, reduced to the fields that clients read, in the format of
// Kubernetes 1.36.

const owner = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `uid-of-${name}`, controller: true, blockOwnerDeletion: true }],
});

export const POD_UID = "0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11";
export const CONTAINER = "a".repeat(11) + "b".repeat(53);

/** Returns a pod of the deployment `web`. */
export function webPod(name = "web-5d8c9-x2x4z", uid = POD_UID, node = "n1"): Manifest {
  return {
    metadata: {
      name,
      namespace: "shop",
      uid,
      labels: { app: "web", tier: "front", "pod-template-hash": "5d8c9" },
      annotations: { note: "x" },
      ...owner("apps/v1", "ReplicaSet", "web-5d8c9"),
    },
    spec: {
      nodeName: node,
      serviceAccountName: "web-account",
      hostNetwork: false,
      containers: [
        {
          name: "main",
          image: "registry.local/web:1.2",
          securityContext: { privileged: true },
          volumeMounts: [{ name: "data", mountPath: "/data", readOnly: true }],
          livenessProbe: { exec: { command: ["cat", "/tmp/healthy"] } },
        },
      ],
      volumes: [{ name: "data", hostPath: { path: "/srv/data" } }],
    },
    status: {
      podIP: "10.1.2.3",
      containerStatuses: [
        {
          name: "main",
          image: "registry.local/web:1.2",
          imageID: `registry.local/web@sha256:${"c".repeat(64)}`,
          containerID: `containerd://${CONTAINER}`,
        },
      ],
    },
  };
}

export const objects: readonly (readonly [kind: string, Manifest])[] = [
  ["namespaces", { metadata: { name: "shop", uid: "ns-1", labels: { team: "checkout" } } }],
  [
    "replicasets",
    {
      metadata: {
        name: "web-5d8c9",
        namespace: "shop",
        uid: "rs-1",
        labels: { app: "web", "pod-template-hash": "5d8c9" },
        ...owner("apps/v1", "Deployment", "web"),
      },
      spec: { replicas: 3 },
    },
  ],
  ["deployments", { metadata: { name: "web", namespace: "shop", uid: "dep-1", labels: { app: "web" } } }],
  [
    "services",
    {
      metadata: { name: "web", namespace: "shop", uid: "svc-1", labels: { app: "web" } },
      spec: { selector: { app: "web" } },
    },
  ],
  [
    "services",
    {
      metadata: { name: "front", namespace: "shop", uid: "svc-2", labels: { kind: "edge" } },
      spec: { selector: { tier: "front" } },
    },
  ],
  [
    "services",
    { metadata: { name: "api", namespace: "shop", uid: "svc-3" }, spec: { selector: { app: "web", tier: "back" } } },
  ],
  ["services", { metadata: { name: "bare", namespace: "shop", uid: "svc-4" }, spec: {} }],
  [
    "jobs",
    { metadata: { name: "tidy-2900", namespace: "shop", uid: "job-1", ...owner("batch/v1", "CronJob", "tidy") } },
  ],
  ["replicationcontrollers", { metadata: { name: "old", namespace: "shop", uid: "rc-1", labels: { age: "old" } } }],
];

/** Returns a pod that an owner created. */
export function podOf(name: string, uid: string, apiVersion: string, kind: string, ownerName: string): Manifest {
  return {
    metadata: { name, namespace: "shop", uid, ...owner(apiVersion, kind, ownerName) },
    spec: { nodeName: "n1", serviceAccountName: "default", containers: [] },
    status: {},
  };
}
