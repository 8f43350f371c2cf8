import { hostile } from "./run.ts";
import type { Fields, Request } from "./scenario.ts";

/** Scenarios whose first request creates a single object, and the matching rule. */
const PADDED: readonly (readonly [scenario: string, rule: string])[] = [
  ["pod-privileged", "Privileged pod created"],
  ["pod-host-network", "Pod created with host network"],
  ["pod-host-pid", "Pod created with host PID namespace"],
  ["pod-host-ipc", "Pod created with host IPC namespace"],
  ["pod-path-etc", "Sensitive host path mounted in pod"],
  ["pod-capability-init", "Pod created with dangerous capabilities"],
  ["pod-command-bash-tcp", "Reverse shell in pod command"],
  ["workload-privileged-deployments", "Workload created or modified with insecure pod template"],
  ["binding-admin-user", "Cluster-admin role bound"],
  ["binding-unauthenticated", "Role bound to anonymous or all users"],
  ["role-wildcard", "Wildcard permission granted in RBAC role"],
  ["role-exec", "Pod exec permission granted in RBAC role"],
  ["role-escalate", "Privilege escalation permission granted in RBAC role"],
  ["data-map-password", "Credential stored in ConfigMap"],
  ["network-node-port", "Service exposed through NodePort"],
  ["network-load-balancer", "Service exposed through load balancer"],
  ["network-external-addresses", "Service configured with external IP addresses"],
  ["control-webhook-validating", "Admission webhook or policy modified"],
  ["namespace-privileged", "Pod security enforcement disabled for namespace"],
  ["control-volume-root", "Persistent volume with sensitive host path"],
];

/** The rule for events without their bodies. */
export const TRUNCATED = "Audit event truncated";

const SIZES = [100_000, 400_000, 1_000_000, 1_400_000];

export const PADDED_NAMESPACE = "padded";

export interface PaddedObject {
  /** Name of the object, which is not part of another name. */
  readonly name: string;
  /** The rule that raises an alert if the event is complete. */
  readonly rule: string;
  readonly request: Request;
}

/**
 * Returns hostile objects with padding in the name of an owner, whose length, unlike that of annotations, is not
 * limited.
 * @param all whether each object occurs in all sizes, not in only one
 */
export function paddedObjects(all: boolean): readonly PaddedObject[] {
  return PADDED.flatMap(([id, rule], i) => {
    const [request] = hostile.find((scenario) => scenario.id === id)?.requests ?? [];
    if (request === undefined) throw new Error(`there is no scenario ${id}`);
    return SIZES.filter((_, size) => all || size === i % SIZES.length).map((size) => {
      const name = `padded-${id}-${size / 1000}kb`;
      const owner = { apiVersion: "v1", kind: "ConfigMap", name: "x".repeat(size), uid: "u" };
      const body = request.body as Fields & { readonly metadata: Fields };
      const metadata = { ...body.metadata, name, ownerReferences: [owner] };
      const path = request.path.replace("/namespaces/shop/", `/namespaces/${PADDED_NAMESPACE}/`);
      return { name, rule, request: { ...request, path, body: { ...body, metadata } } };
    });
  });
}
