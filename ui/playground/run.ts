import { defaultAlertOptions, prepareAlert, type Raise } from "../../src/alert/alert.ts";
import { SYSCALL } from "../../src/field/sources.ts";
import { isoText } from "../../src/field/time.ts";
import { buildRuleset, type LoadedRule } from "../../src/rule/ruleset.ts";
import type { EditedRules } from "./load.ts";
import { MAX_MATCHES, type Match, type Progress, type RuleScope, type RunResult } from "./protocol.ts";
import { readCapture } from "./read-capture.ts";

export interface RunOptions {
  readonly edited: EditedRules;
  readonly scope: RuleScope;
  readonly capture: Blob;
  /** Host name in alerts. */
  readonly hostname: string;
  readonly isCancelled: () => boolean;
  readonly onProgress: (progress: Progress) => void;
}

/** Evaluates the events of a capture against rules in the same way as `eyas replay`. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { edited, scope, capture, hostname, isCancelled, onProgress } = options;
  const began = performance.now();
  const inScope = scope === "all" || edited.own.length === 0 ? edited.loaded.rules : edited.own;
  const rules = inScope.filter((rule) => edited.isEnabled(rule) && rule.source === SYSCALL);
  const ruleset = buildRuleset(rules, "all");
  const raises: (Raise | undefined)[] = [];
  const counts = rules.map(() => 0);
  let count = 0;
  let matches: Match[] = [];
  const report = (events: number, bytes: number): void => {
    onProgress({ events, bytes, count, matches });
    matches = [];
  };
  const { events, bytes, warning } = await readCapture({
    capture,
    ruleset,
    onMatch(index, event) {
      const rule = rules[index];
      if (rule === undefined) return;
      counts[index] = (counts[index] ?? 0) + 1;
      if (count++ >= MAX_MATCHES) return;
      const raise = raises[index] ?? prepareAlert(rule, rule.template, [], { ...defaultAlertOptions, hostname });
      raises[index] = raise;
      const { name, priority } = rule;
      const { message, json } = raise(event);
      matches.push({ event: event.num, time: isoText(event.time, "Z"), rule: name, priority, message, json });
    },
    isDone: isCancelled,
    onSlice: report,
  });
  report(events, bytes);
  return {
    events,
    seconds: (performance.now() - began) / 1000,
    count,
    byRule: rules.map(({ name }, index) => ({ rule: name, count: counts[index] ?? 0 })),
    notEvaluated: edited.own.flatMap((rule) => {
      const reason = reasonNotEvaluated(rule, edited.isEnabled(rule));
      return reason === undefined ? [] : [{ rule: rule.name, reason }];
    }),
    ...(warning !== undefined && { warning }),
  };
}

/** Returns the reason why a rule is not evaluated on captures, or undefined if the rule is evaluated. */
function reasonNotEvaluated({ enabled, source }: LoadedRule, isEnabled: boolean): string | undefined {
  if (source !== SYSCALL) return `its source is ${source}, but captures contain only system calls`;
  if (isEnabled) return undefined;
  return enabled ? "the configuration disables the rule" : "the rule sets enabled: false";
}
