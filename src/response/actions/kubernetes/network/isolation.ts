import type { AlertRecord } from "../../../../alert/record.ts";
import { textOf } from "../../../fields.ts";
import { isLabelName } from "../names.ts";
import type { Found } from "../target.ts";
import type { PolicyName } from "./policy.ts";

/** Name of the policy within the namespace that it isolates. */
const NAME = "eyas-isolation";

/** Returns the name of the policy that isolates a namespace. */
export function isolationOf(namespace: string): PolicyName {
  return { namespace, name: NAME };
}

/** Returns the namespace of an alert: the namespace of its pod or of its request. */
export function namespaceOf(alert: AlertRecord): Found<string> {
  const ofRequest = textOf(alert, "ka.target.resource") === "namespaces" ? "ka.target.name" : "ka.target.namespace";
  for (const field of ["k8s.ns.name", "k8smeta.ns.name", ofRequest]) {
    const name = textOf(alert, field);
    if (name === undefined) continue;
    return isLabelName(name) ? { found: name } : { missing: `${field} is not a valid namespace name` };
  }
  return { missing: "the alert has neither k8s.ns.name nor ka.target.namespace" };
}

export function namespaceText(name: string): string {
  return `namespace ${name}`;
}
