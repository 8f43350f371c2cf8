import { type Facts, factsOf, textOf } from "../../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../../action.ts";
import { textsIn, textsParameter } from "../../../parameters.ts";
import { nameTest } from "../name-pattern.ts";
import { isSystemRole } from "../protected-objects.ts";
import type { BindingName } from "./binding.ts";
import { isSystemSubject, subjectKey } from "./subject.ts";

export const protectedSubjects: Parameter = textsParameter(
  "Users, groups and service accounts (`system:serviceaccount:NAMESPACE:NAME`) whose existing bindings are kept, such as administrators. `*` matches any text.",
  [],
);

/**
 * Returns a function that tests whether existing bindings must keep a subject, because it belongs to Kubernetes or is
 * listed in `protected_subjects`.
 */
export function subjectProtection(
  parameters: ActionRequest["parameters"],
  isProtected: (namespace: string) => boolean,
): (subject: Facts) => boolean {
  const isListed = nameTest(textsIn(parameters, "protected_subjects"));
  return (subject) => {
    const key = subjectKey(subject);
    return isSystemSubject(subject, isProtected) || isListed(key.slice(key.indexOf(" ") + 1));
  };
}

/** Returns the reason why an existing binding is protected because Kubernetes or its administrators depend on it. */
export function whyProtectedBinding({ name }: BindingName, facts: Facts): string | undefined {
  const label = textOf(factsOf(factsOf(facts.metadata).labels)["kubernetes.io/bootstrapping"]);
  return isSystemRole(name) || label === "rbac-defaults" ? "it belongs to Kubernetes" : undefined;
}
