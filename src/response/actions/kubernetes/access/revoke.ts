import { type Facts, factsOf, listOf, textOf } from "../../../../transport/json.ts";
import { listPages } from "../../../../transport/kubernetes/list.ts";
import type { Action, ActionResult } from "../../../action.ts";
import { isLater, requestFields } from "../audited-request.ts";
import { clusterAction, type Task } from "../kubernetes-action.ts";
import { ownAccount, reviewSelf, UNKNOWN_ACCOUNT } from "../own-account.ts";
import { getPods } from "../permissions.ts";
import {
  type Account,
  type AccountTarget,
  accountParameter,
  accountTarget,
  accountText,
  namespaceOf,
  resolveAccount,
  userNameOf,
} from "./account.ts";
import { BIND, type BindingName, bindingGrants, bindingText, type Kept, removeSubjects } from "./binding.ts";
import { protectedSubjects, subjectProtection, whyProtectedBinding } from "./protected.ts";
import { groupKey, isOwnSubject, subjectKey, userKey } from "./subject.ts";

/** Maximum number of bindings that a run changes. */
const MAX_BINDINGS = 1000;
/** Maximum number of bindings named in a result. */
const NAMED = 5;

/** Removes an account from all bindings. */
export const action: Action = clusterAction<AccountTarget>({
  name: "kubernetes:revoke",
  about: `Removes a user or service account from all RoleBindings and ClusterRoleBindings that existed at the time of the alert, and deletes bindings that have no other subjects. Bindings that belong to Kubernetes and bindings of the account's groups remain; the result lists the bindings of groups. Users and groups \`system:…\` and the account of Eyas are protected. ${BIND}`,
  example: "account: pod\nprotected_subjects: [platform-admins, alice@example.org]",
  continues: true,
  repeatable: true,
  parameters: { account: accountParameter, protected_subjects: protectedSubjects },
  fields: [...requestFields, "ka.user.groups"],
  grants: [reviewSelf, getPods, ...bindingGrants("list")],
  find: accountTarget,
  describe: accountText,
  namespace: namespaceOf,
  async act(target, task) {
    const account = await resolveAccount(target, task);
    if ("gone" in account) return { outcome: "skipped", reason: account.gone };
    const name = userNameOf(account);
    const subject: Facts = { kind: "User", name };
    const own = await ownAccount(task);
    if (own.user === "") return { outcome: "failed", reason: UNKNOWN_ACCOUNT };
    if (isOwnSubject(subject, own))
      return { outcome: "skipped", reason: `${accountText(account)} is the account of Eyas` };
    if (subjectProtection(task.parameters, task.isProtected)(subject))
      return { outcome: "skipped", reason: `${accountText(account)} is protected` };
    const found = await bindingsOf(userKey(name), groupsOf(account, task), task);
    return revoke(accountText(account), userKey(name), found, task);
  },
});

interface Bindings {
  readonly own: readonly (BindingName & { readonly facts: Facts })[];
  /** Bindings of groups that contain the account, except bindings that belong to Kubernetes. */
  readonly ofGroups: readonly BindingName[];
}

/** Keys of the account's known groups, except the groups of all users. */
function groupsOf(account: Account, { request, parameters }: Task): ReadonlySet<string> {
  const ofAccount =
    account.kind === "account" ? ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`] : [];
  const groups = request.alert.fields.get("ka.user.groups");
  const ofRequester = parameters.account === "requester" && Array.isArray(groups) ? groups.map(String) : [];
  const names = [...ofAccount, ...ofRequester].filter((each) => !/^system:(?:un)?authenticated$/.test(each));
  return new Set(names.map(groupKey));
}

async function bindingsOf(key: string, groups: ReadonlySet<string>, { cluster, signal }: Task): Promise<Bindings> {
  const own: (BindingName & { readonly facts: Facts })[] = [];
  const ofGroups: BindingName[] = [];
  for (const resource of ["clusterrolebindings", "rolebindings"]) {
    const path = ["apis", "rbac.authorization.k8s.io", "v1", resource];
    for await (const page of listPages(cluster.request, { path, signal }))
      for (const facts of listOf(page.items)) {
        const { namespace, name } = factsOf(facts.metadata);
        const binding = { namespace: textOf(namespace), name: textOf(name) };
        const keys = listOf(facts.subjects).map(subjectKey);
        if (keys.includes(key)) own.push({ ...binding, facts });
        else if (keys.some((each) => groups.has(each)) && whyProtectedBinding(binding, facts) === undefined)
          ofGroups.push(binding);
      }
  }
  return { own, ofGroups };
}

async function revoke(what: string, key: string, { own, ofGroups }: Bindings, task: Task): Promise<ActionResult> {
  const { request, signal, isProtected } = task;
  const removed: string[] = [];
  const kept: string[] = [];
  const errors: string[] = [];
  for (const binding of own.slice(0, MAX_BINDINGS)) {
    const text = bindingText(binding);
    if (isProtected(binding.namespace)) {
      kept.push(`${text} (its namespace is protected)`);
      continue;
    }
    if (signal.aborted) throw new Error("timed out");
    try {
      const choose = (facts: Facts): ReadonlySet<string> | Kept => {
        if (isLater(request.alert, facts)) return { kept: "created after the alert" };
        const why = whyProtectedBinding(binding, facts);
        return why === undefined ? new Set([key]) : { kept: why };
      };
      const result = await removeSubjects(binding, task, choose, binding.facts);
      if ("kept" in result) kept.push(`${text} (${result.kept})`);
      else removed.push(text);
    } catch (error) {
      errors.push(error instanceof Error ? error.message : `${text}: it failed`);
    }
  }
  const more = own.length - MAX_BINDINGS;
  if (more > 0) errors.push(`the limit of ${MAX_BINDINGS} bindings was reached; ${more} remain`);
  const parts = [
    removed.length > 0 &&
      `removed ${what} from ${removed.length} ${removed.length === 1 ? "binding" : "bindings"}: ${names(removed)}`,
    removed.length === 0 && `${what} was not removed from any binding`,
    kept.length > 0 && `kept ${names(kept)}`,
    errors.length > 0 && `${errors.length} failed: ${errors[0]}`,
    ofGroups.length > 0 && `bindings of its groups remain: ${names(ofGroups.map(bindingText))}`,
  ].filter((part) => part !== false);
  const sentence = parts.join("; ");
  if (errors.length > 0) return { outcome: "failed", reason: sentence };
  return removed.length > 0 ? { outcome: "done", answer: sentence } : { outcome: "skipped", reason: sentence };
}

function names(texts: readonly string[]): string {
  return `${texts.slice(0, NAMED).join(", ")}${texts.length > NAMED ? ", …" : ""}`;
}
