import type { AlertRecord, FieldValue } from "../../../src/alert/record.ts";
import { type Facts, factsOf, textOf } from "../../../src/transport/json.ts";
import { alertWith } from "../../response/alert.ts";
import type { ApiServer } from "./api-server.ts";

/** Returns an object with a name and other properties. */
export function object(namespace: string, name: string, more: Facts = {}, metadata: Facts = {}): Facts {
  return { ...more, metadata: { ...(namespace !== "" && { namespace }), name, ...metadata } };
}

export function ownedBy(kind: string, name: string, apiVersion = "apps/v1"): Facts {
  return { ownerReferences: [{ apiVersion, kind, name, uid: `uid-of-${name}`, controller: true }] };
}

/** Returns a pod with one container on the node `node-1`. */
export function podFacts(namespace: string, name: string, metadata: Facts = {}, spec: Facts = {}): Facts {
  const containers = [{ name: "app", image: "shop:1" }];
  const status = { phase: "Running", containerStatuses: [{ name: "app", state: { running: {} } }] };
  return object(namespace, name, { spec: { nodeName: "node-1", containers, ...spec }, status }, metadata);
}

/** Creates the deployment `web` in `shop`, with its replica set and the pods `web-1` and `web-2`. */
export function putShop(server: ApiServer): void {
  const labels = { app: "web", tier: "front" };
  const hashed = { ...labels, "pod-template-hash": "5d4f" };
  server.put("namespaces", object("", "shop"));
  server.put("nodes", object("", "node-1", { spec: {} }, { labels: { "kubernetes.io/hostname": "host-1" } }));
  server.put(
    "deployments",
    object("shop", "web", { spec: { replicas: 2, selector: { matchLabels: labels } } }, { labels, uid: "uid-of-web" }),
  );
  server.put(
    "replicasets",
    object(
      "shop",
      "web-5d4f",
      { spec: { replicas: 2, selector: { matchLabels: hashed } }, status: { replicas: 2, readyReplicas: 2 } },
      { labels: hashed, uid: "uid-of-web-5d4f", ...ownedBy("Deployment", "web") },
    ),
  );
  for (const name of ["web-1", "web-2"])
    server.put("pods", podFacts("shop", name, { labels: hashed, ...ownedBy("ReplicaSet", "web-5d4f") }));
}

/** Returns an alert about a kernel event in a pod. */
export function alertOf(pod: Facts | undefined, more: Readonly<Record<string, FieldValue>> = {}): AlertRecord {
  const { name, namespace, uid } = factsOf(pod?.metadata);
  return alertWith({
    "k8s.pod.name": textOf(name),
    "k8s.ns.name": textOf(namespace),
    "k8s.pod.uid": textOf(uid),
    ...more,
  });
}
