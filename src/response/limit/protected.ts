import { toByteString } from "../../event/bytes.ts";
import { globTest } from "../../event/glob.ts";
import { namingAnyhow } from "../../field/roles.ts";
import type { Action, AnsweredAlert } from "../action.ts";
import { numberOf, textOf } from "../fields.ts";
import type { NeverSettings } from "../settings.ts";
import { lookAtProcess, ownLine } from "./own-process.ts";

/** Says why something is never touched; undefined where it may be. */
export type Never = (action: Action, alert: AnsweredAlert, target: string) => string | undefined;

/** Whatever an alert calls it by: actions believe one or the other. */
const NAMESPACES = namingAnyhow("namespace");

/**
 * What is never touched. Functions and webhooks are only told of things, so nothing of this concerns them.
 * @param root where the machine's root is; undefined where no process of this machine is meant, as in tests of rules
 */
export function openNever(settings: NeverSettings, root: string | undefined): Never {
  const targets = settings.targets.map((pattern) => ({ pattern, matches: globTest(toByteString(pattern), false) }));
  const processes = new Set(settings.processes);
  const users = new Set(settings.users);

  function process(alert: AnsweredAlert): string | undefined {
    const pid = numberOf(alert, "proc.pid");
    if (pid === 1) return "it is process 1, from which all others descend";
    const names = [textOf(alert, "user.name"), fieldText(alert, "user.uid")];
    const user = names.find((name) => name !== undefined && users.has(name));
    if (user !== undefined) return `responses.never.users has ${user}`;
    if (pid === undefined || root === undefined) return undefined;
    if (ownLine(root).has(pid)) return "Eyas is that process, or descends from it";
    const facts = lookAtProcess(pid, root);
    if (facts === undefined) return undefined;
    if (facts.uid !== undefined && users.has(facts.uid)) return `responses.never.users has ${facts.uid}`;
    // What a process calls itself it chooses itself, and within a container also where its program lies.
    if (!facts.isOfHost || facts.exe === undefined) return undefined;
    const { exe } = facts;
    const name = exe.slice(exe.lastIndexOf("/") + 1);
    const entry = [exe, name].find((each) => processes.has(each));
    return entry === undefined ? undefined : `responses.never.processes has ${entry}`;
  }

  return (action, alert, target) => {
    if (isCall(action)) return undefined;
    const found = targets.find(({ matches }) => matches(toByteString(target)));
    if (found !== undefined) return `responses.never.targets has ${found.pattern}`;
    const itself = textOf(alert, "ka.target.resource") === "namespaces" ? ["ka.target.name"] : [];
    const namespace = [...NAMESPACES, ...itself]
      .map((field) => textOf(alert, field))
      .find((name) => name !== undefined && settings.namespaces.includes(name));
    if (namespace !== undefined) return `responses.never.namespaces has ${namespace}`;
    return action.ofProcess ? process(alert) : undefined;
  };
}

/** Whether an action only tells somebody: a function, a webhook. Its target takes all there is. */
export function isCall({ cooldown }: Action): boolean {
  return cooldown === 0;
}

function fieldText({ fields }: AnsweredAlert, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === "number" || typeof value === "string" ? String(value) : undefined;
}
