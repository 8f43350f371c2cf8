import { setTimeout as sleep } from "node:timers/promises";
import type { Action } from "../../action.ts";
import { choiceParameter, textIn } from "../../parameters.ts";
import { hostFields } from "./fields.ts";
import { hasEnded } from "./libc.ts";
import { processTarget } from "./process.ts";
import { sendSignal, signalPermissions, treeParameter } from "./send.ts";

const signals = ["KILL", "TERM", "INT", "HUP", "QUIT"] as const;

/** Time to wait until killed processes have exited, in milliseconds. */
const EXIT_TIMEOUT = 1000;

export const action: Action = {
  name: "host:kill",
  about:
    "Kills the alert's process, or its tree. The process is addressed by a pidfd and must be older than the event, so that " +
    "a later process with the same ID is never killed.",
  example: "tree: true",
  parameters: {
    signal: choiceParameter("The signal. A process can ignore every signal except `KILL`.", signals, "KILL"),
    tree: treeParameter,
  },
  continues: true,
  // The cooldown is short, because the target is a single process; later alerts are usually about other processes.
  cooldown: 1000,
  repeatable: true,
  ofProcess: true,
  isLocal: true,
  suspendedBy: "host:stop",
  fields: hostFields,
  permissions: signalPermissions,
  target: processTarget,
  async run(request) {
    const name = signals.find((each) => each === textIn(request.parameters, "signal")) ?? "KILL";
    const sent = sendSignal(request, name);
    if ("outcome" in sent) return sent;
    try {
      if (name !== "KILL") return { outcome: "done", answer: `Sent SIG${name} to ${sent.to}.` };
      const left = await waitFor(sent.pidfds, request.signal);
      if (left === 0) return { outcome: "done", answer: `Killed ${sent.to}.` };
      return {
        outcome: "done",
        answer: `Sent SIGKILL to ${sent.to}; processes still running after one second: ${left}.`,
      };
    } finally {
      sent.close();
    }
  },
};

/** @returns the number of processes that are still running */
async function waitFor(pidfds: readonly number[], signal: AbortSignal): Promise<number> {
  let left = pidfds.filter((pidfd) => !hasEnded(pidfd));
  for (
    const end = performance.now() + EXIT_TIMEOUT;
    left.length > 0 && performance.now() < end && !signal.aborted;
    await sleep(2)
  ) {
    left = left.filter((pidfd) => !hasEnded(pidfd));
  }
  return left.length;
}
