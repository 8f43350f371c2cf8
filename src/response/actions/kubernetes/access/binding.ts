import { type Facts, factsOf, listOf, textOf } from "../../../../transport/json.ts";
import { isStatus } from "../../../../transport/kubernetes/error.ts";
import type { Task } from "../kubernetes-action.ts";
import type { Grant } from "../permissions.ts";
import { onConflict } from "../retry.ts";
import { subjectKey } from "./subject.ts";

const GROUP = "rbac.authorization.k8s.io";

/**
 * HTTP statuses of conflicts: 409 for a failed precondition of a deletion, 422 for a failed `test` operation of a
 * patch.
 */
const CONFLICTS: readonly number[] = [409, 422];
/**
 * Number of attempts that delete only the version that was read. Later attempts delete any version, so that an attacker
 * cannot prevent the deletion by changing the binding repeatedly.
 */
const STRICT_ATTEMPTS = 2;

type Requests = Pick<Task, "cluster" | "signal">;

/**
 * Permissions for removing subjects. If a binding keeps other subjects, Eyas also needs the verb `bind` for its role.
 */
export function bindingGrants(...more: readonly string[]): Grant[] {
  const verbs = ["get", ...more, "patch", "delete"];
  return ["rolebindings", "clusterrolebindings"].map((resource) => ({ group: GROUP, resource, verbs }));
}

/** Explanation of the verb `bind`, for the permissions of actions that remove subjects. */
export const BIND =
  "If a binding keeps other subjects, the API server requires the verb `bind` for its role, or all permissions of the role. Grant `bind` only for individual roles (`resourceNames`), since it allows Eyas to assign itself these roles.";

/** A RoleBinding or ClusterRoleBinding. */
export interface BindingName {
  /** Namespace of a RoleBinding; empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly name: string;
}

export function bindingPath({ namespace, name }: BindingName): string[] {
  const root = ["apis", GROUP, "v1"];
  return namespace === ""
    ? [...root, "clusterrolebindings", name]
    : [...root, "namespaces", namespace, "rolebindings", name];
}

export function bindingText({ namespace, name }: BindingName): string {
  return namespace === "" ? `ClusterRoleBinding ${name}` : `RoleBinding ${namespace}/${name}`;
}

/** Result if no subject was removed, with the reason. */
export interface Kept {
  readonly kept: string;
}

export type Removal = Kept | { readonly isDeleted: boolean };

/**
 * Removes subjects from a binding, and deletes the binding if none are left.
 * @param choose selects the keys of subjects to remove from the current binding
 * @param known the binding if it was already read; it is read again after a conflict
 * @throws the same errors as {@link Task.cluster}
 */
export async function removeSubjects(
  binding: BindingName,
  task: Requests,
  choose: (facts: Facts) => ReadonlySet<string> | Kept,
  known?: Facts,
): Promise<Removal> {
  const { cluster, signal } = task;
  const path = bindingPath(binding);
  let first: string | undefined;
  let read = known;
  try {
    return await onConflict(async (attempt) => {
      const facts = read ?? (await cluster.request({ path, signal }));
      read = undefined;
      const uid = textOf(factsOf(facts.metadata).uid);
      first ??= uid;
      if (uid !== first) return { kept: "the binding was replaced in the meantime" };
      const chosen = choose(facts);
      if ("kept" in chosen) return chosen;
      const left = listOf(facts.subjects).filter((subject) => !chosen.has(subjectKey(subject)));
      if (left.length === listOf(facts.subjects).length) return { kept: "the binding does not contain the subject" };
      if (left.length > 0) await patch(binding, facts, left, task);
      else await remove(binding, facts, attempt <= STRICT_ATTEMPTS, task);
      return { isDeleted: left.length === 0 };
    }, CONFLICTS);
  } catch (error) {
    if (isStatus(error, 404)) return { kept: "it no longer exists" };
    throw error;
  }
}

async function remove(binding: BindingName, { metadata }: Facts, isStrict: boolean, task: Requests): Promise<void> {
  const { uid, resourceVersion } = factsOf(metadata);
  const preconditions = isStrict ? { uid, resourceVersion } : { uid };
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions };
  await task.cluster.request({ method: "DELETE", path: bindingPath(binding), body, signal: task.signal });
}

/** Replaces the list of subjects. Fails if the list has changed; concurrent changes to other fields are allowed. */
async function patch(binding: BindingName, facts: Facts, left: readonly Facts[], task: Requests): Promise<void> {
  const body = [
    { op: "test", path: "/metadata/uid", value: factsOf(facts.metadata).uid },
    { op: "test", path: "/subjects", value: facts.subjects },
    { op: "replace", path: "/subjects", value: left },
  ];
  const type = "application/json-patch+json";
  try {
    await task.cluster.request({ method: "PATCH", path: bindingPath(binding), type, body, signal: task.signal });
  } catch (error) {
    if (!isStatus(error, 403) || !error.message.includes("attempting to grant")) throw error;
    const { kind, name } = factsOf(facts.roleRef);
    const role = `${textOf(kind) === "Role" ? "roles" : "clusterroles"} ${textOf(name)}`;
    throw new Error(
      `${bindingText(binding)} has other subjects: to change it, the API server requires permission to bind ${role}`,
    );
  }
}
