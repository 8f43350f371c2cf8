import { openContext } from "../agent/context/context.ts";
import { Failure, openOrFail } from "../agent/failure.ts";
import type { ReadyRules } from "../agent/load/ready-rules.ts";
import { logFor } from "../agent/log.ts";
import { callsFor, hostRoot, openLive, threadLimits } from "../agent/sensor/live.ts";
import { listenToSignals } from "../agent/signals.ts";
import type { Config } from "../config/load.ts";
import { Engine } from "../engine/engine.ts";
import { EVENT_TYPES } from "../event/code.ts";
import { SYSCALL } from "../field/sources.ts";
import { Machine } from "../machine/machine.ts";
import type { Observed } from "../machine/observed.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { openCapture } from "../source/capture/source.ts";
import { askMachine } from "../source/syscall/proc/ask.ts";
import { said, totalOf } from "../telemetry/said.ts";

/** What events to look at, and with what in mind. */
export interface Looking {
  /** What the events are; of all but system calls there has to be a file. */
  readonly source: string;
  /** A capture, or a file of documents; undefined: this machine. */
  readonly file: string | undefined;
  /** Live: how long at the most. */
  readonly seconds: number | undefined;
  readonly config: Config;
  /** The rules that the events are wanted for. */
  readonly rules: readonly LoadedRule[];
  /** What they ask for. */
  readonly wants: Pick<ReadyRules, "wantsContainers" | "wantsHost" | "wantsPods" | "wantsSessions" | "wantsWorkloads">;
  /** Sees every event that rules would be asked about, in its place in the machine's state. */
  look(event: Observed): void;
  /** Asked now and then: true ends it. */
  done(): boolean;
}

/** Events between two looks at signals. */
const STRIDE = 4096;
const NONE: readonly number[] = [];

/**
 * Shows the events of a capture, or of this machine as they happen, to somebody.
 * @returns how many there were
 */
export async function lookAt(looking: Looking): Promise<number> {
  const { source: name, file, seconds, config, rules, wants, look, done } = looking;
  if (name !== SYSCALL) return lookAtDocuments(looking);
  const log = logFor(config);
  const live = file === undefined ? openLive(callsFor(rules, config, log), config) : undefined;
  const capture = file === undefined ? undefined : openOrFail(() => openCapture(file));
  const source = live ?? capture;
  if (source === undefined) throw new Failure("There is nothing to look at.");
  const machine = new Machine({
    ...threadLimits(config),
    containers: wants.wantsContainers,
    ...(live && askMachine(hostRoot)),
  });
  const context = await openContext(config, wants, { machine, live: live !== undefined, log, arrived: () => {} });
  const match = (event: Observed): readonly number[] => {
    look(event);
    return NONE;
  };
  const engine = new Engine(
    source,
    machine,
    { rules: [], wanted: new Uint8Array(EVENT_TYPES).fill(1), match },
    () => {},
  );
  const signals = listenToSignals();
  if (live !== undefined && seconds !== undefined) signals.stopAfter(seconds);
  try {
    while (!signals.stop && !done()) {
      const taken = engine.drain(STRIDE);
      if (taken > 0) await signals.turn();
      else if (live === undefined) break;
      else await Promise.race([live.wait(), signals.changed()]);
    }
    const losses = live?.counts();
    const lost = losses === undefined ? 0 : totalOf(losses);
    if (losses !== undefined && lost > 0) log(said.lost(lost, losses));
  } finally {
    signals.close();
    context.close();
    source.close();
  }
  if (file !== undefined && capture?.warning !== undefined) {
    if (engine.events === 0) throw new Failure(`${file}: ${capture.warning}`);
    log(said.tornCapture(file, capture.warning));
  }
  return engine.events;
}

async function lookAtDocuments({ source, file, config, look, done }: Looking): Promise<number> {
  if (file === undefined) throw new Failure(`Name a file with events of ${source}: they are not looked at live.`);
  const { replayDocuments } = await import("./replay-documents.ts");
  let events = 0;
  const match = (event: Observed): readonly number[] => {
    events++;
    if (!done()) look(event);
    return NONE;
  };
  const all = { rules: [], wanted: new Uint8Array(EVENT_TYPES).fill(1), match };
  await replayDocuments(
    file,
    source,
    config,
    all,
    () => {},
    async () => {},
  );
  return events;
}

/** A stretch of time in seconds: `30`, `30s`, `2m`. */
export function secondsIn(text: string, option: string): number {
  const found = /^([0-9]+(?:\.[0-9]+)?)(s|m|h)?$/.exec(text);
  const value = found === null ? 0 : Number(found[1]) * (found[2] === "h" ? 3600 : found[2] === "m" ? 60 : 1);
  if (!(value > 0)) throw new Failure(`${option} takes a time such as 30s or 2m, not "${text}".`);
  return value;
}
