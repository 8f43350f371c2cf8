import { finish } from "../../condition/finish.ts";
import { addWatchedFiles, noWatchedFiles, type WatchedFiles } from "../../condition/watched-files.ts";
import { wholeCall } from "../../event/narrowed.ts";
import { syscallName } from "../../event/syscalls.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { TRACEPOINTS } from "../../source/syscall/tracepoints.ts";

/** What rules need from the sensor. */
export interface SensorNeeds {
  /** IDs of the system calls that the rules need. */
  readonly calls: ReadonlySet<number>;
  /** Files whose real paths (symbolic links resolved) occur in rules. */
  readonly files: WatchedFiles;
}

const known = new WeakMap<readonly LoadedRule[], SensorNeeds>();

/** Determines, in steps of one rule, what rules need from the sensor, since thousands of rules take a fifth of a second. */
export function* findNeeds(rules: readonly LoadedRule[]): Generator<void, SensorNeeds> {
  const calls = new Set<number>();
  const files = noWatchedFiles();
  // All rules that select every system call share the same set.
  const seen = new Set<ReadonlySet<number>>();
  for (const { bound } of rules) {
    const own = bound.calls();
    if (!seen.has(own)) addCalls(own, calls);
    seen.add(own);
    addWatchedFiles(bound.condition, files);
    yield;
  }
  const needs = { calls, files };
  known.set(rules, needs);
  return needs;
}

/** What rules need from the sensor, from an earlier {@link findNeeds} if there was one. */
export function needsOf(rules: readonly LoadedRule[]): SensorNeeds {
  return known.get(rules) ?? finish(findNeeds(rules));
}

/**
 * Adds the calls that a rule needs. A rule for all events does not enable tracepoints, which can have hundreds of
 * thousands of events per second.
 */
function addCalls(calls: ReadonlySet<number>, needed: Set<number>): void {
  const isOnEveryEvent = calls.size > syscallName.length / 2;
  for (const id of calls) {
    const whole = wholeCall(id);
    if (isOnEveryEvent ? !TRACEPOINTS.has(id) && id === whole : id === whole || !calls.has(whole)) needed.add(id);
  }
}
