/** A permission on the API server, as in a role. */
export interface Grant {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

/** Formats a permission on one line: `get, delete pods`, `create networkpolicies.networking.k8s.io`. */
export function grantText({ group, resource, verbs }: Grant): string {
  return `${verbs.join(", ")} ${resource}${group && `.${group}`}`;
}

export const getPods: Grant = { group: "", resource: "pods", verbs: ["get"] };
