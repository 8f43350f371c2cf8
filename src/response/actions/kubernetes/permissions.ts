/** What the API server must allow: a rule of a role. */
export interface Grant {
  /** "" for the core. */
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

/** A line for people, and for whoever compares it with a role: `get, delete pods`, `create networkpolicies.networking.k8s.io`. */
export function grantText({ group, resource, verbs }: Grant): string {
  return `${verbs.join(", ")} ${resource}${group && `.${group}`}`;
}

export const getPods: Grant = { group: "", resource: "pods", verbs: ["get"] };

/** To find out who owns a pod. */
export const getOwners: readonly Grant[] = [
  { group: "", resource: "replicationcontrollers", verbs: ["get"] },
  { group: "apps", resource: "daemonsets", verbs: ["get"] },
  { group: "apps", resource: "deployments", verbs: ["get"] },
  { group: "apps", resource: "replicasets", verbs: ["get"] },
  { group: "apps", resource: "statefulsets", verbs: ["get"] },
];
