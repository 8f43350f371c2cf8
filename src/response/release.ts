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
import { type UndoSettings, undoParameters } from "./undo-parameters.ts";

/** Timeout of an action that releases a target, in milliseconds. */
const TIMEOUT = 30_000;

/** A target that an action suspended and that has not been released yet. */
export interface Suspended {
  readonly step: ActionEntry;
  /** Name of the action that releases it. */
  readonly undoneBy: string;
}

/** Suspended targets, newest first. */
export interface SuspendedTargets {
  readonly targets: readonly Suspended[];
  /** Number of suspended targets that are not listed, because the list has a maximum length. */
  readonly unlisted: number;
}

/** Returns the suspended targets in a journal; undefined if there is no journal. */
export function suspendedTargets(file: string): SuspendedTargets | undefined {
  const log = openActionLog(file);
  if (log === undefined) return undefined;
  try {
    const targets = log
      .suspended()
      .flatMap((step) => (step.undoneBy === undefined ? [] : [{ step, undoneBy: step.undoneBy }]));
    return { targets, unlisted: log.unlisted() };
  } finally {
    log.close();
  }
}

/**
 * Releases a suspended target and records this in the journal.
 * @returns the recorded step
 */
export async function release(
  { step, undoneBy }: Suspended,
  file: string,
  host: ActionHost,
  settings: UndoSettings,
): Promise<ActionEntry> {
  const action = await actions[undoneBy]?.();
  if (action === undefined) throw new Error(`there is no action ${undoneBy}`);
  const time = Date.now();
  const asked: ActionEntry = {
    ...step,
    // Uses the upper half of this millisecond's IDs, because a running agent assigns the lower half.
    ...{ id: time * 1024 + 512 + Math.floor(Math.random() * 511), action: action.name, attempt: 1 },
    ...{ key: stepKey(step.key, step.response, step.place, action.name), dryRun: false, undoneBy: action.undoneBy },
    ...{ state: "asked", why: undefined, answer: undefined, time, asked: time, ended: undefined },
  };
  const log = openActionLogWriter(file);
  if (log === undefined) throw new Error(`there is no journal at ${file}`);
  try {
    log.write([asked]);
    const parameters = parametersOf(action, step, settings);
    const result = await undo(action, step, parameters, asked.key, file, host);
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
  parameters: ReturnType<typeof parametersOf>,
  key: string,
  file: string,
  host: ActionHost,
): Promise<ActionResult> {
  const reader = openReader(file);
  try {
    const [entry] = reader?.read(step.seq - 1, 1, Number.MAX_SAFE_INTEGER) ?? [];
    if (entry?.seq !== step.seq)
      return { outcome: "failed", reason: `alert ${step.seq} is no longer in the journal: ${byHand(step)}` };
    const request = { alert: alertRecord(entry), parameters, key, host };
    const result = await runAction(action, request, new AbortController(), TIMEOUT);
    return result ?? { outcome: "failed", reason: "timed out" };
  } finally {
    reader?.close();
  }
}

/**
 * Returns the parameters of the action that releases a target. The action applies to the whole process tree if it
 * supports this, because descendants may also have been stopped.
 */
function parametersOf(action: Action, step: ActionEntry, settings: UndoSettings): Readonly<Record<string, unknown>> {
  return { ...undoParameters(action, step, settings), ...("tree" in action.parameters && { tree: true }) };
}

function byHand({ action, target = "" }: ActionEntry): string {
  const [, pid] = /^process (\d+)/.exec(target) ?? [];
  if (action === "host:stop" && pid !== undefined) return `run \`kill -CONT ${pid}\` to continue the process`;
  return /^(?:kubernetes|calico|cilium):/.test(action)
    ? `revert ${action} of ${target} with kubectl`
    : `resume ${target} with its runtime`;
}
