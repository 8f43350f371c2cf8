import type { AlertRecord } from "../../alert/record.ts";
import { toByteString } from "../../event/bytes.ts";
import { globTest } from "../../event/glob.ts";
import { allNameFields } from "../../field/roles.ts";
import { type Action, isCall } from "../action.ts";
import { numberOf, textOf } from "../fields.ts";
import type { ProtectionSettings } from "../settings.ts";
import { ownAncestors, readProcess } from "./own-process.ts";

/** Returns the reason why an action must not affect a target; undefined if the target is not protected. */
export type Protection = (action: Action, alert: AlertRecord, target: string) => string | undefined;

/** All fields that name a namespace, because different actions read different fields. */
const NAMESPACES = allNameFields("namespace");

/**
 * Protects the configured targets and namespaces from all actions except calls of functions and webhooks. Also protects
 * process 1, Eyas, its ancestors, and the configured processes and users from actions that affect the alert's process.
 * @param root root of the machine's file system; undefined to ignore local processes, as in tests of rules
 */
export function openProtection(settings: ProtectionSettings, root: string | undefined): Protection {
  const targets = settings.targets.map((pattern) => ({ pattern, matches: globTest(toByteString(pattern), false) }));
  const processes = new Set(settings.processes);
  const users = new Set(settings.users);

  function process(alert: AlertRecord): string | undefined {
    const pid = numberOf(alert, "proc.pid");
    if (pid === 1) return "process 1 is protected";
    const names = [textOf(alert, "user.name"), fieldText(alert, "user.uid")];
    const user = names.find((name) => name !== undefined && users.has(name));
    if (user !== undefined) return `responses.never.users contains ${user}`;
    if (pid === undefined || root === undefined) return undefined;
    if (ownAncestors(root).has(pid)) return "the process is Eyas or one of its ancestors";
    const facts = readProcess(pid, root);
    if (facts === undefined) return undefined;
    if (facts.uid !== undefined && users.has(facts.uid)) return `responses.never.users contains ${facts.uid}`;
    // A process can choose its name, and a process in a container can choose the path of its executable.
    if (!facts.isOfHost || !facts.isOfSystem || facts.exe === undefined) return undefined;
    const { exe } = facts;
    const name = exe.slice(exe.lastIndexOf("/") + 1);
    const entry = [exe, name].find((each) => processes.has(each));
    return entry === undefined ? undefined : `responses.never.processes contains ${entry}`;
  }

  return (action, alert, target) => {
    if (isCall(action)) return undefined;
    // If a pod is protected, its node is protected too.
    const names = [target, target.replace(/^node of /, "")].map(toByteString);
    const found = targets.find(({ matches }) => names.some(matches));
    if (found !== undefined) return `responses.never.targets contains ${found.pattern}`;
    const itself = textOf(alert, "ka.target.resource") === "namespaces" ? ["ka.target.name"] : [];
    const namespace = [...NAMESPACES, ...itself]
      .map((field) => textOf(alert, field))
      .find((name) => name !== undefined && settings.namespaces.includes(name));
    if (namespace !== undefined) return `responses.never.namespaces contains ${namespace}`;
    return action.ofProcess ? process(alert) : undefined;
  };
}

function fieldText({ fields }: AlertRecord, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === "number" || typeof value === "string" ? String(value) : undefined;
}
