import type { Config } from "../config/load.ts";
import { Engine } from "../engine/engine.ts";
import { EVENT_TYPES } from "../event/code.ts";
import { SYSCALL } from "../field/sources.ts";
import { Machine } from "../machine/machine.ts";
import type { Observed } from "../machine/observed.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { openCapture } from "../source/capture/source.ts";
import { askMachine } from "../source/syscall/proc/ask.ts";
import { logLines, totalDropped } from "../telemetry/log-lines.ts";
import { readAccountsOfContainers } from "./context/accounts.ts";
import { openContext } from "./context/context.ts";
import { Failure, openOrFail } from "./failure.ts";
import type { ReadyRules } from "./load/ready-rules.ts";
import { logFor } from "./log.ts";
import { hostRoot } from "./sensor/host-root.ts";
import { callsFor, openLive, threadLimits } from "./sensor/live.ts";
import { watchedTables } from "./sensor/watched.ts";
import { listenToSignals } from "./signals.ts";

/** Options of {@link observe}. */
export interface Observation {
  /** Name of the event source. All sources except `syscall` require a file. */
  readonly source: string;
  /** Path of a capture or a file of documents; undefined observes this machine. */
  readonly file: string | undefined;
  /** Time limit of a live observation, in seconds. */
  readonly seconds: number | undefined;
  readonly config: Config;
  /** Rules that select the watched system calls. */
  readonly rules: readonly LoadedRule[];
  /** Enrichment that the rules require. */
  readonly wants: Pick<
    ReadyRules,
    "listedNames" | "wantsContainers" | "wantsHost" | "wantsNames" | "wantsPods" | "wantsSessions" | "wantsWorkloads"
  >;
  /** Called for each event that would be evaluated against rules, after the state of the machine is updated. */
  look(event: Observed): void;
  /** Called between events. Returns true to end the observation. */
  done(): boolean;
}

/** Number of events between checks of signals. */
const STRIDE = 4096;
const NONE: readonly number[] = [];

/**
 * Passes the events of a capture or of this machine to an observer.
 * @returns the number of observed events
 */
export async function observe(observation: Observation): Promise<number> {
  const { source: name, file, seconds, config, rules, wants, look, done } = observation;
  if (name !== SYSCALL) return observeDocuments(observation);
  const log = logFor(config);
  const live =
    file === undefined
      ? openLive(callsFor({ ruleset: { rules }, wantsNames: wants.wantsNames }, config, log), config, {
          watched: watchedTables(rules),
        })
      : undefined;
  const capture = file === undefined ? undefined : openOrFail(() => openCapture(file));
  const source = live ?? capture;
  if (source === undefined) throw new Failure("No event source: neither a capture nor a live source is configured.");
  const machine = new Machine({
    ...threadLimits(config),
    containers: wants.wantsContainers,
    ...(live && askMachine(hostRoot)),
  });
  const context = await openContext(config, wants, { machine, live: live !== undefined, log, arrived: () => {} });
  const accounts = live && readAccountsOfContainers(machine);
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
    const lost = losses === undefined ? 0 : totalDropped(losses);
    if (losses !== undefined && lost > 0) log(logLines.eventsDropped(lost, losses));
  } finally {
    signals.close();
    accounts?.close();
    context.close();
    source.close();
  }
  if (file !== undefined && capture?.warning !== undefined) {
    if (engine.events === 0) throw new Failure(`${file}: ${capture.warning}`);
    log(logLines.captureDamaged(file, capture.warning));
  }
  return engine.events;
}

async function observeDocuments({ source, file, config, look, done }: Observation): Promise<number> {
  if (file === undefined) throw new Failure(`Events of source ${source} cannot be read live: specify a file.`);
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

/** Parses a duration such as `30`, `30s` or `2m`. @returns the duration in seconds */
export function secondsIn(text: string, option: string): number {
  const found = /^([0-9]+(?:\.[0-9]+)?)(s|m|h)?$/.exec(text);
  const value = found === null ? 0 : Number(found[1]) * (found[2] === "h" ? 3600 : found[2] === "m" ? 60 : 1);
  if (!(value > 0) || !Number.isFinite(value))
    throw new Failure(`Invalid ${option} "${text}": expected a duration such as 30s or 2m.`);
  return value;
}
