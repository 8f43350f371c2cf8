import { hostile } from "./run.ts";
import type { Fields, Request } from "./scenario.ts";

/** Scenarios whose first request creates one object. */
const PADDED = [
  ...["pod-privileged", "pod-host-network", "pod-host-pid", "pod-host-ipc", "pod-path-etc", "pod-capability-init"],
  ...["pod-command-bash-tcp", "workload-privileged-deployments", "binding-admin-user", "binding-unauthenticated"],
  ...["role-wildcard", "role-exec", "role-escalate", "data-map-password", "network-node-port", "network-load-balancer"],
  ...["network-external-addresses", "control-webhook-validating", "namespace-privileged", "control-volume-root"],
];

const SIZES = [100_000, 400_000, 1_000_000, 1_400_000];

export const PADDED_NAMESPACE = "padded";

export interface PaddedObject {
  readonly name: string;
  readonly request: Request;
}

/**
 * Hostile objects with padding. The name of an owner has no limit of length, other than annotations.
 * @param all whether each object has all sizes, not only one of them
 */
export function paddedObjects(all: boolean): readonly PaddedObject[] {
  return PADDED.flatMap((id, i) => {
    const [request] = hostile.find((scenario) => scenario.id === id)?.requests ?? [];
    if (request === undefined) throw new Error(`there is no scenario ${id}`);
    return SIZES.filter((_, size) => all || size === i % SIZES.length).map((size) => {
      const name = `padded-${id}-${size / 1000}`;
      const owner = { apiVersion: "v1", kind: "ConfigMap", name: "x".repeat(size), uid: "u" };
      const body = request.body as Fields & { readonly metadata: Fields };
      const metadata = { ...body.metadata, name, ownerReferences: [owner] };
      const path = request.path.replace("/namespaces/shop/", `/namespaces/${PADDED_NAMESPACE}/`);
      return { name, request: { ...request, path, body: { ...body, metadata } } };
    });
  });
}
