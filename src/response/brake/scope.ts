import type { AnsweredAlert } from "../action.ts";
import { textOf } from "../fields.ts";

type Scope = readonly [word: string, ...fields: string[]];

const NAMESPACE: Scope = ["namespace", "k8s.ns.name", "k8smeta.ns.name", "ka.target.namespace"];
const APP: Scope = ["app", "cf.app.id", "cf.app.name"];
const MARATHON: Scope = ["app", "marathon.app.id"];
const TASK: Scope = ["task", "mesos.task.name"];

/** What budgets of one namespace or app count by: the first of these that an alert tells. */
const usual: readonly Scope[] = [NAMESPACE, APP, MARATHON, TASK];

/** What actions do something to, whatever else an alert tells: who makes one up could give it another namespace each time. */
const byAction: Readonly<Record<string, readonly Scope[]>> = {
  "kubernetes:delete": [["namespace", "ka.target.namespace", "ka.target.name"]],
  "cloud-foundry": [APP],
  marathon: [MARATHON, TASK],
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
