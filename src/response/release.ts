import { alertRecord } from "../alert/record.ts";
import type { ActionEntry } from "../journal/action-entry.ts";
import { openActionLog } from "../journal/action-log.ts";
import { openActionLogWriter } from "../journal/action-log-writer.ts";
import { openReader } from "../journal/read.ts";
import type { Action, ActionResult } from "./action.ts";
import type { ActionHost } from "./host.ts";
import { actions } from "./list.ts";
import { stepKey } from "./responder/chain.ts";
import { endOf, runAction } from "./responder/run.ts";

/** Suspended targets that are listed. */
const MOST = 10_000;
/** Milliseconds for an action that releases a target. */
const TIMEOUT = 30_000;

/** A target that an action suspended, and that no later action released. */
export interface Suspended {
  readonly step: ActionEntry;
  /** Name of the action that releases it. */
  readonly undoneBy: string;
}

/** Targets in a journal that are suspended, newest first; undefined if there is no journal. */
export async function suspendedTargets(file: string): Promise<Suspended[] | undefined> {
  const log = openActionLog(file);
  if (log === undefined) return undefined;
  try {
    const ran = new Set(log.counts().flatMap(({ action, state }) => (state === "done" ? [action] : [])));
    const known = Object.entries(actions).filter(([name]) => ran.has(name));
    return (await Promise.all(known.map(([, load]) => load())))
      .flatMap(({ name, undoneBy }) => {
        if (undoneBy === undefined) return [];
        const released = new Map<string, number>();
        for (const { id, target = "", state, why } of log.page({ action: undoneBy }, MOST))
          if (state === "done" || why === "nothing") released.set(target, Math.max(id, released.get(target) ?? 0));
        const latest = new Map<string, ActionEntry>();
        for (const step of log.page({ action: name, states: ["done"] }, MOST)) {
          const target = step.target ?? "";
          if (step.id > (released.get(target) ?? 0) && !latest.has(target)) latest.set(target, step);
        }
        return [...latest.values()].map((step) => ({ step, undoneBy }));
      })
      .sort((a, b) => b.step.id - a.step.id);
  } finally {
    log.close();
  }
}

/**
 * Releases a suspended target and records this in the journal.
 * @returns the step in the journal
 */
export async function release({ step, undoneBy }: Suspended, file: string, host: ActionHost): Promise<ActionEntry> {
  const action = await actions[undoneBy]?.();
  if (action === undefined) throw new Error(`there is no action ${undoneBy}`);
  const time = Date.now();
  const asked: ActionEntry = {
    ...step,
    // Ids of a running agent are those of the same millisecond, from the first one on.
    ...{ id: time * 1024 + 512 + Math.floor(Math.random() * 511), action: action.name, attempt: 1 },
    ...{ key: stepKey(step.key, step.response, step.place, action.name), dryRun: false },
    ...{ state: "asked", why: undefined, answer: undefined, time, asked: time, ended: undefined },
  };
  const log = openActionLogWriter(file);
  if (log === undefined) throw new Error(`there is no journal at ${file}`);
  try {
    log.write([asked]);
    const result = await undo(action, step, asked.key, file, host);
    const ended: ActionEntry = { ...asked, ...endOf(result), ended: Date.now() };
    log.write([ended]);
    return ended;
  } finally {
    log.close();
  }
}

async function undo(
  action: Action,
  step: ActionEntry,
  key: string,
  file: string,
  host: ActionHost,
): Promise<ActionResult> {
  const reader = openReader(file);
  try {
    const [entry] = reader?.read(step.seq - 1, 1, Number.MAX_SAFE_INTEGER) ?? [];
    if (entry?.seq !== step.seq)
      return { outcome: "failed", reason: `alert ${step.seq} is no longer in the journal: ${byHand(step)}` };
    const request = { alert: alertRecord(entry), parameters: parametersOf(action), key, host };
    const result = await runAction(action, request, new AbortController(), TIMEOUT);
    return result ?? { outcome: "failed", reason: "timed out" };
  } finally {
    reader?.close();
  }
}

/** Defaults, but whole trees: descendants may have been stopped too. */
function parametersOf({ parameters }: Action): Readonly<Record<string, unknown>> {
  const defaults = Object.entries(parameters).map(([name, { fallback }]) => [name, fallback] as const);
  return { ...Object.fromEntries(defaults), ...("tree" in parameters && { tree: true }) };
}

function byHand({ action, target = "" }: ActionEntry): string {
  const [, pid] = /^process (\d+)/.exec(target) ?? [];
  if (action === "host:stop" && pid !== undefined) return `\`kill -CONT ${pid}\` continues the process`;
  return `resume ${target} with its runtime`;
}
