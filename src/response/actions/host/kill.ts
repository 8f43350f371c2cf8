import { setTimeout as sleep } from "node:timers/promises";
import type { Action } from "../../action.ts";
import { choiceParameter, textIn } from "../../parameters.ts";
import { hostFields } from "./fields.ts";
import { processOf } from "./held.ts";
import { hasEnded } from "./libc.ts";
import { sendSignal, signalPermissions, treeParameter } from "./send.ts";

const signals = ["KILL", "TERM", "INT", "HUP", "QUIT"] as const;

/** Milliseconds for which a killed process is looked after. */
const PATIENCE = 1000;

export const action: Action = {
  name: "host:kill",
  about:
    "Kills the alert's process, or its tree. It is held by a pidfd and has to be older than the event: a process that got " +
    "the same id later is never killed.",
  parameters: {
    signal: choiceParameter("The signal: all but `KILL` can be ignored by the process.", signals, "KILL"),
    tree: treeParameter,
  },
  continues: true,
  // The target is one process: what comes later is of another.
  cooldown: 1000,
  repeatable: true,
  ofProcess: true,
  isLocal: true,
  fields: hostFields,
  permissions: signalPermissions,
  target: processOf,
  async run(request) {
    const name = signals.find((each) => each === textIn(request.parameters, "signal")) ?? "KILL";
    const sent = sendSignal(request, name);
    if ("outcome" in sent) return sent;
    try {
      if (name !== "KILL") return { outcome: "done", answer: `SIG${name} was sent to ${sent.to}.` };
      const left = await waitFor(sent.pidfds, request.signal);
      if (left === 0) return { outcome: "done", answer: `Killed ${sent.to}.` };
      return { outcome: "done", answer: `SIGKILL was sent to ${sent.to}; ${left} had not ended within a second.` };
    } finally {
      sent.close();
    }
  },
};

/** @returns how many have not ended */
async function waitFor(pidfds: readonly number[], signal: AbortSignal): Promise<number> {
  let left = pidfds.filter((pidfd) => !hasEnded(pidfd));
  for (const end = Date.now() + PATIENCE; left.length > 0 && Date.now() < end && !signal.aborted; await sleep(2)) {
    left = left.filter((pidfd) => !hasEnded(pidfd));
  }
  return left.length;
}
