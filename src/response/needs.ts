import { distinguishing, identifying, naming, ofClass, targetFields } from "../field/roles.ts";
import type { Action, ActionRequest } from "./action.ts";

const pod = [...naming("namespace"), ...distinguishing("pod"), ...targetFields, ...distinguishing("peer", "server")];

/** The fields that actions of a kind look at, by what their names begin with: whose it is, where it happened. */
const byKind: Readonly<Record<string, readonly string[]>> = {
  host: [
    ...distinguishing("process", "program", "container", "file", "user"),
    ...distinguishing("peer", "server", "client", "local end", "source", "destination"),
    ...naming("namespace"),
  ],
  container: [...distinguishing("container"), ...identifying("process"), ...naming("namespace"), ...naming("pod")],
  kubernetes: pod,
  calico: pod,
  cilium: pod,
  "cloud-foundry": [...ofClass("cf", distinguishing("app", "instance")), ...identifying("container")],
  marathon: [...ofClass("marathon", distinguishing("app")), ...distinguishing("task"), ...identifying("container")],
};

/** The fields of alerts that an action looks at, with these parameters. */
export function fieldsOf(action: Action, parameters: ActionRequest["parameters"]): readonly string[] {
  const { name, fields = [] } = action;
  const kind = name.slice(0, name.indexOf(":"));
  const usual = Object.hasOwn(byKind, kind) ? byKind[kind] : [];
  return [...usual, ...fields, ...(action.fieldsIn?.(parameters) ?? [])];
}
