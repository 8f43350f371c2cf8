import type { Path } from "../transport/kubernetes/path.ts";

/** The resources from which findings are derived. */
export type Resource =
  | "clusterroles"
  | "roles"
  | "clusterrolebindings"
  | "rolebindings"
  | "persistentvolumes"
  | "pods"
  | "services"
  | "ingresses";

interface ResourceRow {
  readonly path: Path;
  /** Description of the required permission. */
  readonly permission: string;
  /** Noun phrase for the findings that are missing without the permission. */
  readonly hides: string;
}

const RBAC = ["apis", "rbac.authorization.k8s.io", "v1"];

/** Resources in the order in which they are read: roles before bindings, volumes before pods, pods before services. */
export const resources: Readonly<Record<Resource, ResourceRow>> = {
  clusterroles: {
    path: [...RBAC, "clusterroles"],
    permission: "list clusterroles (rbac.authorization.k8s.io)",
    hides: "cluster roles with dangerous permissions other than cluster-admin",
  },
  roles: {
    path: [...RBAC, "roles"],
    permission: "list roles (rbac.authorization.k8s.io)",
    hides: "roles with all permissions in a namespace",
  },
  clusterrolebindings: {
    path: [...RBAC, "clusterrolebindings"],
    permission: "list clusterrolebindings (rbac.authorization.k8s.io)",
    hides: "subjects with full access to the cluster",
  },
  rolebindings: {
    path: [...RBAC, "rolebindings"],
    permission: "list rolebindings (rbac.authorization.k8s.io)",
    hides: "subjects with full access to a namespace",
  },
  persistentvolumes: {
    path: ["api", "v1", "persistentvolumes"],
    permission: "list persistentvolumes",
    hides: "host paths behind persistent volumes",
  },
  pods: { path: ["api", "v1", "pods"], permission: "list pods", hides: "workloads" },
  services: { path: ["api", "v1", "services"], permission: "list services", hides: "exposed services" },
  ingresses: {
    path: ["apis", "networking.k8s.io", "v1", "ingresses"],
    permission: "list ingresses (networking.k8s.io)",
    hides: "ingresses without TLS",
  },
};
