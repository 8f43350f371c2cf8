import type { AlertRecord } from "../../../../alert/record.ts";
import { factsOf, textOf as textOfValue } from "../../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../../action.ts";
import { textOf } from "../../../fields.ts";
import { choiceParameter, textIn } from "../../../parameters.ts";
import { hasSucceeded, whyFailed } from "../audited-request.ts";
import type { Task } from "../kubernetes-action.ts";
import { isLabelName, isObjectName } from "../names.ts";
import { objectOf } from "../objects.ts";
import { accountOf, userOf } from "../own-account.ts";
import { findPod } from "../pod.ts";
import { type Found, type PodName, podOf, podText } from "../target.ts";

/** The account that an action applies to: a user or service account by name, or the service account of a pod. */
export type AccountTarget =
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "account"; readonly namespace: string; readonly name: string }
  | { readonly kind: "pod"; readonly pod: PodName };

/** A user or service account, identified by its name on the API server. */
export type Account = Exclude<AccountTarget, { readonly kind: "pod" }>;

export const accountParameter: Parameter = choiceParameter(
  "The account. `requester`: the user of the audit event (`ka.user.name`). `object`: the service account that a successful request is about, for example one for which a token was requested. `pod`: the service account of the alert's pod.",
  ["requester", "object", "pod"],
  "requester",
);

/** Returns the account that the parameter `account` selects. */
export function accountTarget(alert: AlertRecord, parameters: ActionRequest["parameters"]): Found<AccountTarget> {
  const which = textIn(parameters, "account");
  if (which === "object") return accountObject(alert);
  if (which === "pod") {
    const pod = podOf(alert);
    return "missing" in pod ? pod : { found: { kind: "pod", pod: pod.found } };
  }
  const user = textOf(alert, "ka.user.name");
  if (user === undefined) return { missing: "the alert has no ka.user.name" };
  const account = accountOf(user);
  if (account === undefined) return { found: { kind: "user", name: user } };
  if (!isLabelName(account.namespace) || !isObjectName(account.name))
    return { missing: "ka.user.name is not the name of a service account" };
  return { found: { kind: "account", ...account } };
}

function accountObject(alert: AlertRecord): Found<AccountTarget> {
  const object = objectOf(alert, {});
  if ("missing" in object) return object;
  const { resource, namespace, name } = object.found;
  if (resource !== "serviceaccounts") return { missing: "ka.target.resource is not serviceaccounts" };
  // Any client can send a request that fails, so a failed request must not trigger an action on the account.
  if (!hasSucceeded(alert)) return { missing: "ka.response.code is not a success status" };
  return { found: { kind: "account", namespace, name } };
}

/**
 * Characters that are escaped in output. Each character has its own escape sequence, so that different names have
 * different descriptions. Cooldowns apply per description.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\\]/gu;

function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

export function accountText(account: AccountTarget): string {
  switch (account.kind) {
    case "user":
      return `user ${account.name.replace(UNSEEN, codePoint)}`;
    case "account":
      return `service account ${account.namespace}/${account.name}`;
    case "pod":
      return `service account of ${podText(account.pod)}`;
  }
}

/** Namespace of an account; empty for users. */
export function namespaceOf(account: AccountTarget): string {
  if (account.kind === "user") return "";
  return account.kind === "pod" ? account.pod.namespace : account.namespace;
}

/** User name of an account on the API server. */
export function userNameOf(account: Account): string {
  return account.kind === "user" ? account.name : userOf(account);
}

/**
 * Resolves a target to an account. For a pod, this is its service account, unless the alert is about a failed request,
 * because any client can send a failing request about any pod.
 * @throws the same errors as {@link Task.cluster}
 */
export async function resolveAccount(target: AccountTarget, task: Task): Promise<Account | { readonly gone: string }> {
  if (target.kind !== "pod") return target;
  const failed = whyFailed(task.request.alert);
  if (failed !== undefined) return { gone: failed };
  const found = await findPod(task.cluster, target.pod, task.signal);
  if ("gone" in found) return found;
  const { serviceAccountName } = factsOf(found.pod.facts.spec);
  const name = textOfValue(serviceAccountName) || "default";
  if (!isObjectName(name)) throw new Error(`${podText(target.pod)} has no valid service account`);
  return { kind: "account", namespace: target.pod.namespace, name };
}
