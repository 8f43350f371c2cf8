import type { AlertRecord } from "../../../../alert/record.ts";
import { targetNameFields } from "../../../../field/roles.ts";
import { type Facts, factsOf, jsonOf, listOf } from "../../../../transport/json.ts";
import type { Action } from "../../../action.ts";
import { textOf } from "../../../fields.ts";
import { choiceParameter, textIn } from "../../../parameters.ts";
import { creationOf, hasCreated, isLater, requestFields, statesCreation, whyFailed } from "../audited-request.ts";
import { clusterAction, type Task } from "../kubernetes-action.ts";
import { objectOf } from "../objects.ts";
import { type OwnAccount, ownAccount, reviewSelf, UNKNOWN_ACCOUNT } from "../own-account.ts";
import { isOwnBinding } from "../protected-objects.ts";
import type { Found } from "../target.ts";
import { BIND, type BindingName, bindingGrants, bindingText, type Kept, removeSubjects } from "./binding.ts";
import { protectedSubjects, subjectProtection, whyProtectedBinding } from "./protected.ts";
import { isOwnSubject, subjectKey, userKey } from "./subject.ts";

const SUBJECTS = "ka.req.binding.subjects";

/** Removes subjects from the binding of an audit event. */
export const action: Action = clusterAction<BindingName>({
  name: "kubernetes:unbind",
  about: `Removes subjects from the RoleBinding or ClusterRoleBinding of an audit event, and deletes the binding if no subjects remain. Subjects and bindings that belong to Kubernetes or Eyas are kept. ${BIND}`,
  example: "subjects: requested\nprotected_subjects: [platform-admins, alice@example.org]",
  continues: true,
  repeatable: true,
  parameters: {
    subjects: choiceParameter(
      "Subjects to remove. `created`: the subjects of a binding that the request created, including subjects added within five minutes; existing bindings are skipped, because an audit event does not show which of their subjects are new. `requested`: all subjects that the request names, even if the binding already had them. `requester`: the user of the request.",
      ["created", "requested", "requester"],
      "created",
    ),
    protected_subjects: protectedSubjects,
  },
  fields: [...requestFields, SUBJECTS],
  scopes: [{ name: "namespace", fields: [...targetNameFields("namespace"), ...targetNameFields("object")] }],
  grants: [reviewSelf, ...bindingGrants()],
  find: bindingOf,
  describe: bindingText,
  namespace: ({ namespace }) => namespace,
  async act(binding, task) {
    const { alert } = task.request;
    const way = textIn(task.parameters, "subjects");
    const notCreated = `the request did not create the binding, so the subjects that the request added are unknown; the parameter subjects is set to ${way}`;
    const early = whyFailed(alert) ?? (way === "created" && !statesCreation(alert) ? notCreated : undefined);
    if (early !== undefined) return { outcome: "skipped", reason: `${bindingText(binding)}: ${early}` };
    const wanted = wantedKeys(alert, way);
    if ("missing" in wanted) return { outcome: "failed", reason: wanted.missing };
    const own = await ownAccount(task);
    if (own.user === "") return { outcome: "failed", reason: UNKNOWN_ACCOUNT };
    const result = await removeSubjects(binding, task, (facts) => {
      const isNew = hasCreated(alert, facts);
      if (isLater(alert, facts)) return { kept: "the binding was created after the alert" };
      if (way === "created" && !isNew) return { kept: notCreated };
      const isAll = way === "created" && isRecent(facts);
      return chosen(binding, facts, isNew, isAll ? undefined : wanted.found, own, task);
    });
    if ("kept" in result) return { outcome: "skipped", reason: `${bindingText(binding)}: ${result.kept}` };
    return {
      outcome: "done",
      answer: result.isDeleted ? `deleted ${bindingText(binding)}` : `removed subjects from ${bindingText(binding)}`,
    };
  },
});

function bindingOf(alert: AlertRecord): Found<BindingName> {
  const object = objectOf(alert, {});
  if ("missing" in object) return object;
  const { resource, namespace, name } = object.found;
  if (resource !== "rolebindings" && resource !== "clusterrolebindings")
    return { missing: "ka.target.resource is neither rolebindings nor clusterrolebindings" };
  return { found: { namespace, name } };
}

/** Time after the creation of a binding during which all its subjects are attributed to the request, in nanoseconds. */
const RECENT = 300_000_000_000n;

/**
 * Whether a binding was created recently. Subjects that were added later are then attributed to the same user, who may
 * have added them to prevent the deletion.
 */
function isRecent(facts: Facts): boolean {
  return BigInt(Date.now()) * 1_000_000n - creationOf(facts) < RECENT;
}

/**
 * Returns the keys of the subjects to remove; undefined selects all subjects, because the audit event does not list
 * them.
 */
function wantedKeys(alert: AlertRecord, way: string): Found<ReadonlySet<string> | undefined> {
  if (way === "requester") {
    const user = textOf(alert, "ka.user.name");
    return user === undefined ? { missing: "the alert has no ka.user.name" } : { found: new Set([userKey(user)]) };
  }
  const value = alert.fields.get(SUBJECTS);
  if (Array.isArray(value)) {
    const subjects = value.map((each) => factsOf(typeof each === "string" ? jsonOf(each) : undefined));
    return { found: new Set(subjects.map(subjectKey)) };
  }
  return way === "created" ? { found: undefined } : { missing: `the alert has no ${SUBJECTS}` };
}

function chosen(
  binding: BindingName,
  facts: Facts,
  isNew: boolean,
  wanted: ReadonlySet<string> | undefined,
  own: OwnAccount,
  { parameters, isProtected }: Task,
): ReadonlySet<string> | Kept {
  const why = isNew ? undefined : whyProtectedBinding(binding, facts);
  if (why !== undefined) return { kept: why };
  const isKept = subjectProtection(parameters, isProtected);
  const found = listOf(facts.subjects).filter((subject) => wanted?.has(subjectKey(subject)) ?? true);
  const isOwn = isOwnBinding(facts, isNew, own);
  const removed = found.filter((subject) => !(isOwn && isOwnSubject(subject, own)) && (isNew || !isKept(subject)));
  if (found.length > 0 && removed.length === 0) return { kept: "its subjects are protected" };
  return new Set(removed.map(subjectKey));
}
