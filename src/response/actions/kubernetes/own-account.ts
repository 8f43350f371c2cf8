import { factsOf, textOf } from "../../../transport/json.ts";
import { isStatus } from "../../../transport/kubernetes/error.ts";
import type { Task } from "./kubernetes-action.ts";
import type { Grant } from "./permissions.ts";

/** Permission to query the API server for the current user. */
export const reviewSelf: Grant = {
  group: "authentication.k8s.io",
  resource: "selfsubjectreviews",
  verbs: ["create"],
};

/** The account that Eyas uses on the API server. */
export interface OwnAccount {
  /** User name, such as `system:serviceaccount:eyas:eyas`. */
  readonly user: string;
  /** Groups of the account, except the groups of all users or all service accounts. */
  readonly groups: readonly string[];
  /** Namespace of the service account, or of the pod in which Eyas runs; empty if neither applies. */
  readonly namespace: string;
}

const COMMON: ReadonlySet<string> = new Set(["system:authenticated", "system:serviceaccounts"]);

/**
 * Queries the API server for the account that Eyas uses. The user is empty if the API server does not report it, as
 * before Kubernetes 1.28.
 * @throws the same errors as {@link Task.cluster}
 */
export async function ownAccount({ cluster, signal }: Pick<Task, "cluster" | "signal">): Promise<OwnAccount> {
  const apiVersion = "authentication.k8s.io/v1";
  const path = ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"];
  const { KUBERNETES_SERVICE_HOST: host = "", POD_NAMESPACE = "" } = process.env;
  const ofPod = host === "" ? "" : POD_NAMESPACE;
  try {
    const body = { apiVersion, kind: "SelfSubjectReview" };
    const facts = await cluster.request({ method: "POST", path, body, signal });
    const { username, groups } = factsOf(factsOf(facts.status).userInfo);
    const user = textOf(username);
    return {
      user,
      groups: Array.isArray(groups) ? groups.map(textOf).filter((each) => each !== "" && !COMMON.has(each)) : [],
      namespace: accountOf(user)?.namespace ?? ofPod,
    };
  } catch (error) {
    if (isStatus(error, 404)) return { user: "", groups: [], namespace: ofPod };
    throw error;
  }
}

/** Reason why an action that needs {@link OwnAccount.user} cannot run. */
export const UNKNOWN_ACCOUNT =
  "the API server does not report which account Eyas uses, so its own bindings are unknown (requires Kubernetes 1.28)";

/** Parses a user name `system:serviceaccount:NAMESPACE:NAME`; undefined for other users. */
export function accountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** Returns the user name of a service account. */
export function userOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
