import { setTimeout as sleep } from "node:timers/promises";
import { type Facts, factsOf, jsonOf, listOf, textOf, textsOf } from "../../../../transport/json.ts";
import { isStatus } from "../../../../transport/kubernetes/error.ts";
import type { Action, ActionResult } from "../../../action.ts";
import { choiceParameter, textIn } from "../../../parameters.ts";
import { isLater, requestFields } from "../audited-request.ts";
import { clusterAction, type Task } from "../kubernetes-action.ts";
import { isObjectName } from "../names.ts";
import { ownAccount, reviewSelf, UNKNOWN_ACCOUNT, userOf } from "../own-account.ts";
import { getPods } from "../permissions.ts";
import {
  type AccountTarget,
  accountParameter,
  accountTarget,
  accountText,
  namespaceOf,
  resolveAccount,
} from "./account.ts";

/** Maximum number of attempts to recreate the account. */
const MAX_ATTEMPTS = 4;
/**
 * Timeout for recreating the account, in milliseconds. It applies even after the action's timeout, since the account
 * would otherwise stay deleted.
 */
const CREATION_TIMEOUT = 20_000;
const RETRY_DELAY = 200;
const LONGEST_PREFIX = 200;

interface AccountName {
  readonly namespace: string;
  readonly name: string;
}

/** Invalidates the tokens of a service account. */
export const action: Action = clusterAction<AccountTarget>({
  name: "kubernetes:rotate",
  about:
    "Invalidates the tokens of a service account. A token bound to a pod or issued by the TokenRequest API cannot be deleted: it is valid until it expires, or until the account has another UID. Therefore, `tokens: all` deletes the account and creates it again with the same labels, annotations and secrets; bindings refer to it by name and remain valid. Eyas first records the account in the action log, so it can recreate the account at the next startup if it stops in between. The pods of the account have no access until the kubelet renews their tokens (within the hour) or they are restarted. `tokens: legacy` deletes only the secrets with tokens that the account lists.",
  example: "account: pod\ntokens: all",
  continues: true,
  repeatable: true,
  parameters: {
    account: accountParameter,
    tokens: choiceParameter(
      "`all`: every token of the account. `legacy`: only secrets that contain tokens.",
      ["all", "legacy"],
      "all",
    ),
  },
  fields: requestFields,
  grants: [
    reviewSelf,
    getPods,
    { group: "", resource: "serviceaccounts", verbs: ["get", "delete", "create", "patch"] },
    { group: "", resource: "secrets", verbs: ["delete"] },
  ],
  find(alert, parameters) {
    const target = accountTarget(alert, parameters);
    if ("missing" in target || target.found.kind !== "user") return target;
    return { missing: "ka.user.name is not a service account" };
  },
  describe: accountText,
  namespace: namespaceOf,
  async act(target, task) {
    const interrupted = task.request.recorded === undefined ? undefined : await finish(task.request.recorded, task);
    if (interrupted !== undefined) return interrupted;
    const account = await resolveAccount(target, task);
    if ("gone" in account) return { outcome: "skipped", reason: account.gone };
    if (account.kind === "user") return { outcome: "skipped", reason: "the account is not a service account" };
    const own = await ownAccount(task);
    if (own.user === "") return { outcome: "failed", reason: UNKNOWN_ACCOUNT };
    const what = accountText(account);
    if (userOf(account) === own.user || account.namespace === own.namespace)
      return { outcome: "skipped", reason: `${what} is in the namespace of Eyas` };
    const path = pathOf(account);
    try {
      const facts = await task.cluster.request({ path, signal: task.signal });
      if (isLater(task.request.alert, facts))
        return { outcome: "skipped", reason: `${what} was created after the alert, so earlier tokens are invalid` };
      return textIn(task.parameters, "tokens") === "legacy"
        ? await deleteSecrets(account, facts, task)
        : await recreate(account, path, facts, task);
    } catch (error) {
      if (isStatus(error, 404)) return { outcome: "skipped", reason: `${what} no longer exists` };
      throw error;
    }
  },
});

function pathOf({ namespace, name }: AccountName): readonly string[] {
  return ["api", "v1", "namespaces", namespace, "serviceaccounts", name];
}

/** Names of the token secrets that Kubernetes created for an account. */
function tokenSecrets({ name }: AccountName, { secrets }: Facts): string[] {
  const names = listOf(secrets).map((each) => textOf(each.name));
  return names.filter((each) => each.startsWith(`${name}-token-`) && isObjectName(each));
}

async function deleteSecrets(account: AccountName, facts: Facts, { cluster, signal }: Task): Promise<ActionResult> {
  const names = tokenSecrets(account, facts);
  const what = `service account ${account.namespace}/${account.name}`;
  let deleted = 0;
  for (const name of names) {
    try {
      const path = ["api", "v1", "namespaces", account.namespace, "secrets", name];
      await cluster.request({ method: "DELETE", path, signal });
      deleted++;
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }
  if (deleted === 0) return { outcome: "skipped", reason: `${what} has no token secrets` };
  return {
    outcome: "done",
    answer: `deleted ${deleted} ${deleted === 1 ? "secret" : "secrets"} with tokens of ${what}`,
  };
}

async function recreate(
  account: AccountName,
  path: readonly string[],
  facts: Facts,
  task: Task,
): Promise<ActionResult> {
  const what = `service account ${account.namespace}/${account.name}`;
  const { uid, resourceVersion, finalizers, deletionTimestamp } = factsOf(facts.metadata);
  if (deletionTimestamp !== undefined) return { outcome: "skipped", reason: `${what} is being deleted` };
  if (Array.isArray(finalizers) && finalizers.length > 0)
    return { outcome: "failed", reason: `${what} has finalizers, which would prevent its deletion` };
  await checkCreation(account, facts, task);
  const copy = copyOf(account, facts);
  await task.request.record?.(JSON.stringify({ uid, copy }));
  try {
    await task.cluster.request({
      method: "DELETE",
      path,
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Background",
        preconditions: { uid, resourceVersion },
      },
      signal: task.signal,
    });
  } catch (error) {
    if (isStatus(error, 409)) return { outcome: "failed", reason: `${what} was changed in the meantime` };
    throw error;
  }
  return createAgain(account, copy, textOf(uid), task);
}

async function createAgain(account: AccountName, copy: Facts, old: string, task: Task): Promise<ActionResult> {
  const what = `service account ${account.namespace}/${account.name}`;
  const uid = await create(what, pathOf(account), copy, old, task);
  return { outcome: "done", answer: `recreated ${what}: its UID changed from ${old} to ${uid}` };
}

/**
 * Completes an interrupted attempt that recorded the account and then deleted it.
 * @returns undefined if the account was not deleted
 */
async function finish(recorded: string, task: Task): Promise<ActionResult | undefined> {
  const { uid, copy: facts } = factsOf(jsonOf(recorded));
  const copy = factsOf(facts);
  const { namespace, name } = factsOf(copy.metadata);
  const account = { namespace: textOf(namespace), name: textOf(name) };
  if (textOf(uid) === "" || !isObjectName(account.namespace) || !isObjectName(account.name))
    throw new Error("the record of the interrupted attempt is damaged");
  try {
    const { metadata } = await task.cluster.request({ path: pathOf(account), signal: task.signal });
    if (factsOf(metadata).uid === uid) return undefined;
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
  return createAgain(account, copy, textOf(uid), task);
}

/**
 * Checks with a dry run that Eyas may create the account. Without this permission, a deleted account would be lost.
 * @throws ApiError
 */
async function checkCreation(account: AccountName, facts: Facts, { cluster, signal }: Task): Promise<void> {
  const path = ["api", "v1", "namespaces", account.namespace, "serviceaccounts"];
  const body = copyOf(
    { ...account, name: `${account.name.slice(0, LONGEST_PREFIX).replace(/[-.]+$/, "")}-eyas-check` },
    facts,
  );
  try {
    await cluster.request({ method: "POST", path, query: { dryRun: "All" }, body, signal });
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}

/**
 * Recreates the account.
 * @returns the UID of the account
 */
async function create(
  what: string,
  path: readonly string[],
  copy: Facts,
  old: string,
  { cluster }: Task,
): Promise<string> {
  const signal = AbortSignal.timeout(CREATION_TIMEOUT);
  for (let tries = 1; ; tries++) {
    try {
      return await createOnce(path, copy, old, cluster, signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "it failed";
      if (tries === MAX_ATTEMPTS)
        throw new Error(
          `${what} was deleted and could not be recreated: ${reason}. The output of "eyas respond history --json" contains its record`,
        );
      await sleep(RETRY_DELAY, undefined, { ref: false });
    }
  }
}

async function createOnce(
  path: readonly string[],
  copy: Facts,
  old: string,
  cluster: Task["cluster"],
  signal: AbortSignal,
): Promise<string> {
  try {
    const made = await cluster.request({ method: "POST", path: path.slice(0, -1), body: copy, signal });
    return textOf(factsOf(made.metadata).uid);
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
    // The service account controller recreates the account `default` immediately.
    const uid = textOf(factsOf((await cluster.request({ path, signal })).metadata).uid);
    if (uid === old) throw error;
    const { labels, annotations } = factsOf(copy.metadata);
    const { metadata: _metadata, apiVersion: _version, kind: _kind, ...rest } = copy;
    const body = { ...rest, metadata: { uid, labels, annotations } };
    await cluster.request({ method: "PATCH", path, type: "application/merge-patch+json", body, signal });
    return uid;
  }
}

/** Returns the account without properties that the API server sets, and without token secrets. */
function copyOf(account: AccountName, facts: Facts): Facts {
  const { labels, annotations, ownerReferences } = factsOf(facts.metadata);
  const gone = tokenSecrets(account, facts);
  const secrets = listOf(facts.secrets).filter(({ name }) => !gone.includes(textOf(name)));
  return {
    ...{ apiVersion: "v1", kind: "ServiceAccount" },
    metadata: {
      ...{ namespace: account.namespace, name: account.name },
      ...{ labels: textsOf(labels), annotations: textsOf(annotations) },
      ...(Array.isArray(ownerReferences) && { ownerReferences }),
    },
    ...(secrets.length > 0 && { secrets }),
    ...(Array.isArray(facts.imagePullSecrets) && { imagePullSecrets: facts.imagePullSecrets }),
    ...(facts.automountServiceAccountToken !== undefined && {
      automountServiceAccountToken: facts.automountServiceAccountToken,
    }),
  };
}
