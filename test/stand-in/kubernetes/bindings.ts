import type { Facts } from "../../../src/transport/json.ts";
import type { ApiServer } from "./api-server.ts";
import { object } from "./objects.ts";

const apiGroup = "rbac.authorization.k8s.io";

// Returns a subject of a binding.
export const user = (name: string): Facts => ({ apiGroup, kind: "User", name });
export const group = (name: string): Facts => ({ apiGroup, kind: "Group", name });
export const account = (namespace: string, name: string): Facts => ({ kind: "ServiceAccount", namespace, name });

/** Permission to bind the role of {@link putBinding}. */
export const BIND: readonly string[] = [`bind clusterroles.${apiGroup}`];

/** Creates a binding of the cluster role `edit`. @param namespace "" for a ClusterRoleBinding */
export function putBinding(
  server: ApiServer,
  namespace: string,
  name: string,
  subjects: readonly Facts[],
  metadata: Facts = {},
): void {
  const roleRef = { apiGroup, kind: "ClusterRole", name: "edit" };
  server.put(
    namespace === "" ? "clusterrolebindings" : "rolebindings",
    object(namespace, name, { roleRef, subjects }, metadata),
  );
}
