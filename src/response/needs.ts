import { distinguishingFields, fieldsOfClass, idFields, nameFields, targetFields } from "../field/roles.ts";
import type { Action, ActionRequest } from "./action.ts";

const pod = [
  ...nameFields("namespace"),
  ...distinguishingFields("pod"),
  ...targetFields,
  ...distinguishingFields("peer", "server"),
];

/** The fields that actions of a kind look at, by what their names begin with: whose it is, where it happened. */
const byKind: Readonly<Record<string, readonly string[]>> = {
  host: [
    ...distinguishingFields("process", "program", "container", "file", "user"),
    ...distinguishingFields("peer", "server", "client", "local end", "source", "destination"),
    ...nameFields("namespace"),
  ],
  container: [
    ...distinguishingFields("container"),
    ...idFields("process"),
    ...nameFields("namespace"),
    ...nameFields("pod"),
  ],
  kubernetes: pod,
  calico: pod,
  cilium: pod,
  "cloud-foundry": [...fieldsOfClass("cf", distinguishingFields("app", "instance")), ...idFields("container")],
  marathon: [
    ...fieldsOfClass("marathon", distinguishingFields("app")),
    ...distinguishingFields("task"),
    ...idFields("container"),
  ],
};

/** The fields of alerts that an action looks at, with these parameters. */
export function fieldsOf(action: Action, parameters: ActionRequest["parameters"]): readonly string[] {
  const { name, fields = [] } = action;
  const kind = name.slice(0, name.indexOf(":"));
  const usual = Object.hasOwn(byKind, kind) ? byKind[kind] : [];
  return [...usual, ...fields, ...(action.fieldsIn?.(parameters) ?? [])];
}
