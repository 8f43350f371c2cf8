import { SYSCALL } from "../../field/sources.ts";
import { ruleTimes } from "./rule-times.ts";
import { sourceLag } from "./source-lag.ts";
import type { InForce, Judged, Watched } from "./watched.ts";

/** Everything that is judged, each source with fresh looks at its events, which begin now. */
export function lookAtAll({ engine, live, documents = [] }: Watched, { config, rules, rulesOf }: InForce): Judged[] {
  const wanted = config.metrics.rule_times_enabled;
  const times = (of: Judged["rules"]) => (wanted ? ruleTimes(of) : undefined);
  const calls: Judged = {
    source: SYSCALL,
    engine,
    rules,
    lag: live && sourceLag(),
    times: times(rules),
    stream: undefined,
  };
  const others = documents.map((stream): Judged => {
    const own = rulesOf(stream.source);
    return { source: stream.source, engine: stream.engine, rules: own, lag: sourceLag(), times: times(own), stream };
  });
  const all = [calls, ...others];
  for (const each of all) look(each);
  return all;
}

/** Whether that is all there is: sources come and go with the configuration. */
export function isAll(judged: readonly Judged[], { engine, documents = [] }: Watched): boolean {
  const engines = [engine, ...documents.map((stream) => stream.engine)];
  return judged.length === engines.length && judged.every((each, i) => each.engine === engines[i]);
}

function look({ engine, lag, times }: Judged): void {
  if (lag === undefined) engine.sample = times?.look;
  else if (times === undefined) engine.sample = lag.look;
  else
    engine.sample = (event) => {
      lag.look(event);
      times.look(event);
    };
}
