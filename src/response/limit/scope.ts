import { identifying, naming, namingAnyhow, namingTarget, ofClass } from "../../field/roles.ts";
import type { AnsweredAlert } from "../action.ts";
import { textOf } from "../fields.ts";

type Scope = readonly [word: string, ...fields: string[]];

const APPS = [...identifying("app"), ...naming("app")];
const NAMESPACE: Scope = ["namespace", ...namingAnyhow("namespace")];
const TASK: Scope = ["task", ...naming("task")];

/** What budgets of one namespace or app count by: the first of these that an alert has. */
const usual: readonly Scope[] = [NAMESPACE, ["app", ...APPS], TASK];

/** What actions do something to, whatever else an alert tells: who makes one up could give it another namespace each time. */
const byAction: Readonly<Record<string, readonly Scope[]>> = {
  "kubernetes:delete": [["namespace", ...namingTarget("namespace"), ...namingTarget("object")]],
  "cloud-foundry": [["app", ...ofClass("cf", APPS)]],
  marathon: [["app", ...ofClass("marathon", APPS)], TASK],
};

/** The namespace or app that an action about an alert is counted for, in words; undefined where the alert is about neither. */
export function scopeOf(alert: AnsweredAlert, action: string): string | undefined {
  const kind = action.slice(0, action.indexOf(":"));
  const key = [action, kind].find((each) => Object.hasOwn(byAction, each));
  for (const [word, ...fields] of key === undefined ? usual : byAction[key]) {
    for (const field of fields) {
      const name = textOf(alert, field);
      if (name !== undefined) return `${word} ${plain(field, name)}`;
    }
  }
  return undefined;
}

/** One way to write it, so that nobody has two budgets. */
function plain(field: string, name: string): string {
  if (field === "cf.app.id") return name.toLowerCase();
  return field === "marathon.app.id" ? `/${name.replace(/^\//, "")}` : name;
}
