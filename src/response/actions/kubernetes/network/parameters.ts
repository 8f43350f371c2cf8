import type { ActionRequest, Parameter } from "../../../action.ts";
import { textsIn } from "../../../parameters.ts";
import { choicesParameter } from "../choice.ts";
import { namespacesParameter, networksParameter } from "./addresses.ts";

export type Direction = "egress" | "ingress";

/** What policies of all kinds take. */
export const policyParameters: Readonly<Record<string, Parameter>> = {
  allow_cidr: networksParameter("Networks that may still be spoken with."),
  allow_namespaces: namespacesParameter("Namespaces whose pods may still be spoken with."),
  directions: choicesParameter(
    "Which way: what the pods begin, or what is begun with them.",
    ["egress", "ingress"],
    ["egress"],
  ),
};

export function directionsIn(parameters: ActionRequest["parameters"]): readonly Direction[] {
  return textsIn(parameters, "directions").filter((each) => each === "egress" || each === "ingress");
}

/** What may be spoken with beside what is denied; undefined where nothing is said of it: everything. */
export function allowedBeside(
  parameters: ActionRequest["parameters"],
): { readonly networks: readonly string[]; readonly namespaces: readonly string[] } | undefined {
  if (parameters.allow_cidr === undefined && parameters.allow_namespaces === undefined) return undefined;
  return { networks: textsIn(parameters, "allow_cidr"), namespaces: textsIn(parameters, "allow_namespaces") };
}
