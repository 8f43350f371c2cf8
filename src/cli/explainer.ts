import { userNamedSources } from "../agent/documents/settings.ts";
import { Failure } from "../agent/failure.ts";
import { defaultRulesOf, readyRules } from "../agent/load/ready-rules.ts";
import { observe, secondsIn } from "../agent/observe.ts";
import { nearest } from "../condition/did-you-mean.ts";
import type { Observed } from "../machine/observed.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { print, printJsonText } from "../telemetry/print.ts";
import { explanationJson } from "../workbench/explain/json.ts";
import { explanationText } from "../workbench/explain/report.ts";
import { closestOf, searchFor, type Target } from "../workbench/explain/search.ts";
import type { ExplainOptions } from "./explain.ts";
import { positive, printLeftOut, readSettings } from "./settings.ts";
import { terminalStyle } from "./terminal.ts";

/** `eyas explain`: prints an event and the evaluation of rules on it. */
export async function explainEvent(file: string | undefined, options: ExplainOptions): Promise<void> {
  const { target, missing } = requestOf(file, options);
  const top = positive(options.top, "--top");
  const settings = await readSettings(options);
  const { config } = settings;
  const { source } = options;
  const sources = [source, ...userNamedSources(config)];
  const ready = await readyRules(settings.rules ?? defaultRulesOf([source]), config, "all", "", { sources });
  printLeftOut(ready);
  const { loaded } = ready;
  const { ruleset } = ready.of(source);
  const rule = options.rule === undefined ? undefined : ruleNamed(options.rule, loaded.rules);
  if (rule !== undefined && rule.source !== source) {
    throw new Failure(`Rule "${rule.name}" is for source ${rule.source}: use --source ${rule.source}.`);
  }

  const printing = { base64Buffers: config.buffer_format_base64 };
  const words = ready.words(source);
  if (words === undefined) throw new Failure(`Unknown source "${source}".`);
  const { definitions } = loaded;
  const search = searchFor(target, { rules: ruleset.rules, rule, definitions, words, printing });
  const events = await observe({
    source,
    file,
    seconds: file === undefined ? secondsIn(options.for, "--for") : undefined,
    config,
    rules: rule === undefined ? ruleset.rules : [rule],
    wants: ready,
    done: search.isDone,
    look: search.look,
  });
  const found = search.result();
  if (found === undefined) throw new Failure(missing(events));
  const { event, verdicts } = found;
  const shown = rule === undefined ? closestOf(verdicts, top) : verdicts;
  (options.json ? printJsonText : print)(
    options.json
      ? `${explanationJson(event, shown)}\n`
      : explanationText(event, shown, rule !== undefined, terminalStyle(options.macros === true)),
  );
}

/** The event to explain, and a function that returns the error message if the event is not found. */
interface Request {
  readonly target: Target;
  readonly missing: (events: number) => string;
}

function requestOf(
  file: string | undefined,
  { event, live, rule, proc, nearest, for: limit }: ExplainOptions,
): Request {
  const of = proc === undefined ? "" : ` of a process named "${proc}"`;
  const filter = proc === undefined ? {} : { filter: (one: Observed) => one.thread?.comm === proc };
  if (live) {
    if (file !== undefined) throw new Failure("--live cannot be combined with a capture.");
    if (event !== undefined) throw new Failure("--event requires a capture and cannot be combined with --live.");
    if (rule === undefined) throw new Failure("--live requires --rule.");
    const missing = () => `No event${of} of a type that the rule evaluates within ${limit}; increase --for.`;
    return { target: { kind: nearest ? "nearest" : "next", ...filter }, missing };
  }
  if (file === undefined) throw new Failure("Missing argument: pass a capture or --live.");
  if (event === undefined) {
    if (rule === undefined) throw new Failure("Missing option: pass --event (number or time), --rule, or both.");
    return {
      target: { kind: "nearest", ...filter },
      missing: () => `${file} has no event${of} of a type that the rule evaluates.`,
    };
  }
  const { num, time } = eventNamed(event);
  return {
    target: { kind: "one", matches: (one) => one.num === num || (time !== undefined && one.time === time) },
    missing: (events) => {
      if (num === undefined) return `${file} has no event that is evaluated against rules at ${event}.`;
      return events < num
        ? `${file} has no event ${num}; number of events: ${events}.`
        : `Event ${num} is not evaluated against rules because it was recorded only for the machine state.`;
    },
  };
}

/** Maximum number of an event. Larger numbers are times in nanoseconds since the epoch. */
const MOST_EVENTS = 1e15;

/**
 * Parses the argument that selects an event: its number, or the time in an alert, as nanoseconds (`evt.time`) or in the
 * form `2026-07-30T12:34:56.123456789Z`.
 */
function eventNamed(text: string): { readonly num?: number; readonly time?: bigint } {
  if (/^[0-9]{1,19}$/.test(text)) {
    const number = Number(text);
    if (number > MOST_EVENTS) return { time: BigInt(text) };
    if (number > 0) return { num: number };
  }
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+0000)$/.exec(text);
  const milliseconds = found === null ? Number.NaN : Date.parse(`${found[1]}Z`);
  if (found === null || Number.isNaN(milliseconds)) {
    throw new Failure(`Invalid --event "${text}": expected an event number or the time of an alert.`);
  }
  return { time: BigInt(milliseconds) * 1_000_000n + BigInt((found[2] ?? "").padEnd(9, "0")) };
}

function ruleNamed(name: string, rules: readonly LoadedRule[]): LoadedRule {
  const found =
    rules.find((rule) => rule.name === name) ??
    rules.find((rule) => rule.name.toLowerCase() === name.toLowerCase().trim());
  if (found !== undefined) return found;
  const near = nearest(
    name,
    rules.map((rule) => rule.name),
  );
  throw new Failure(`Rule "${name}" not found${near === undefined ? "." : `; did you mean "${near}"?`}`);
}
