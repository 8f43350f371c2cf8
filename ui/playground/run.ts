import { defaultAlertOptions, prepareAlert, type Raise } from "../../src/alert/alert.ts";
import { SYSCALL } from "../../src/field/sources.ts";
import { isoText } from "../../src/field/time.ts";
import { buildRuleset, type LoadedRule } from "../../src/rule/ruleset.ts";
import type { EditedRules } from "./load.ts";
import { MAX_MATCHES, type Match, type Progress, type RuleScope, type RunResult } from "./protocol.ts";
import { readCapture } from "./read-capture.ts";

export interface RunOptions {
  readonly edition: EditedRules;
  readonly judged: RuleScope;
  readonly capture: Blob;
  /** What alerts name as the machine. */
  readonly hostname: string;
  readonly isStopped: () => boolean;
  readonly tell: (progress: Progress) => void;
}

/** Holds the events of a capture against rules, as `eyas replay` does. */
export async function run({ edition, judged, capture, hostname, isStopped, tell }: RunOptions): Promise<RunResult> {
  const began = performance.now();
  const wanted = judged === "all" || edition.own.length === 0 ? edition.loaded.rules : edition.own;
  const rules = wanted.filter((rule) => edition.isOn(rule) && rule.source === SYSCALL);
  const ruleset = buildRuleset(rules, "all");
  const raises: (Raise | undefined)[] = [];
  const counts = rules.map(() => 0);
  let count = 0;
  let matches: Match[] = [];
  const slice = (events: number, bytes: number): void => {
    tell({ events, bytes, count, matches });
    matches = [];
  };
  const { events, bytes, warning } = await readCapture({
    capture,
    ruleset,
    onMatch(rule, event) {
      counts[rule]++;
      if (count++ >= MAX_MATCHES) return;
      raises[rule] ??= prepareAlert(rules[rule], rules[rule].template, [], { ...defaultAlertOptions, hostname });
      const { name, priority } = rules[rule];
      const { message, json } = raises[rule](event);
      matches.push({ event: event.num, time: isoText(event.time, "Z"), rule: name, priority, message, json });
    },
    isDone: isStopped,
    onSlice: slice,
  });
  slice(events, bytes);
  return {
    events,
    seconds: (performance.now() - began) / 1000,
    count,
    byRule: rules.map(({ name }, i) => ({ rule: name, count: counts[i] })),
    notEvaluated: edition.own.flatMap((rule) => {
      const reason = reasonNotEvaluated(rule, edition.isOn(rule));
      return reason === undefined ? [] : [{ rule: rule.name, reason }];
    }),
    ...(warning !== undefined && { warning }),
  };
}

/** Why a rule does not judge captures. */
function reasonNotEvaluated({ enabled, source }: LoadedRule, isOn: boolean): string | undefined {
  if (source !== SYSCALL) return `it is about events of ${source}, and a capture has system calls`;
  if (isOn) return undefined;
  return enabled ? "the configuration switches it off" : "it is switched off: enabled is false";
}
