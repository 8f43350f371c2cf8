import { SYSCALL } from "../../field/sources.ts";
import type { LookAt } from "../top/sampling.ts";
import { ruleTimes } from "./rule-times.ts";
import { sourceLag } from "./source-lag.ts";
import type { ActiveConfig, EvaluatedSource, SessionState } from "./state.ts";

/**
 * Starts to observe the events of each source.
 * @param lookersOf returns the functions that observe sampled events of a source
 */
export function observeSources(
  { engine, live, documents = [] }: SessionState,
  { config, rules, rulesOf }: ActiveConfig,
  lookersOf: (source: EvaluatedSource) => readonly LookAt[],
): EvaluatedSource[] {
  const wanted = config.metrics.rule_times_enabled;
  const times = (of: EvaluatedSource["rules"]) => (wanted ? ruleTimes(of) : undefined);
  const calls: EvaluatedSource = {
    source: SYSCALL,
    engine,
    rules,
    lag: live && sourceLag(),
    times: times(rules),
    stream: undefined,
  };
  const others = documents.map((stream): EvaluatedSource => {
    const own = rulesOf(stream.source);
    return { source: stream.source, engine: stream.engine, rules: own, lag: sourceLag(), times: times(own), stream };
  });
  const all = [calls, ...others];
  for (const each of all) sampleEvents(each.engine, lookersOf(each));
  return all;
}

/** Whether the observed sources are still the sources of the session, which change with the configuration. */
export function areCurrent(sources: readonly EvaluatedSource[], { engine, documents = [] }: SessionState): boolean {
  const engines = [engine, ...documents.map((stream) => stream.engine)];
  return sources.length === engines.length && sources.every((each, i) => each.engine === engines[i]);
}

/** Sets the functions that observe sampled events of an engine. */
export function sampleEvents(engine: EvaluatedSource["engine"], lookers: readonly LookAt[]): void {
  const [first, ...more] = lookers;
  if (first === undefined || more.length === 0) engine.sample = first;
  else
    engine.sample = (event) => {
      for (const look of lookers) look(event);
    };
}
