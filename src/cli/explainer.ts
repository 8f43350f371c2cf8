import { namedSources } from "../agent/documents/settings.ts";
import { Failure } from "../agent/failure.ts";
import { defaultRulesOf, readyRules } from "../agent/load/ready-rules.ts";
import { nearest } from "../condition/did-you-mean.ts";
import type { Observed } from "../machine/observed.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { explanationJson } from "../workbench/explain/json.ts";
import { explanationText } from "../workbench/explain/report.ts";
import { nearestOf, searchFor, type Wish } from "../workbench/explain/search.ts";
import type { ExplainOptions } from "./explain.ts";
import { lookAt, secondsIn } from "./look.ts";
import { positive, readSettings } from "./settings.ts";
import { terminalLook } from "./terminal.ts";

/** `eyas explain`: an event, and what rules make of it. */
export async function explainEvent(file: string | undefined, options: ExplainOptions): Promise<void> {
  const { wish, missing } = wishOf(file, options);
  const top = positive(options.top, "--top");
  const settings = await readSettings(options);
  const { config } = settings;
  const { source } = options;
  const sources = [source, ...namedSources(config)];
  const ready = await readyRules(settings.rules ?? defaultRulesOf([source]), config, "all", "", { sources });
  const { loaded } = ready;
  const { ruleset } = ready.of(source);
  const rule = options.rule === undefined ? undefined : ruleNamed(options.rule, loaded.rules);
  if (rule !== undefined && rule.source !== source) {
    throw new Failure(`"${rule.name}" is about events of ${rule.source}: say --source ${rule.source}.`);
  }

  const printing = { base64Buffers: config.buffer_format_base64 };
  const words = ready.words(source);
  if (words === undefined) throw new Failure(`There is no source "${source}".`);
  const { definitions } = loaded;
  const search = searchFor(wish, { rules: ruleset.rules, rule, definitions, words, printing });
  const events = await lookAt({
    source,
    file,
    seconds: file === undefined ? secondsIn(options.for, "--for") : undefined,
    config,
    rules: rule === undefined ? ruleset.rules : [rule],
    wants: ready,
    done: search.isDone,
    look: search.look,
  });
  const found = search.found();
  if (found === undefined) throw new Failure(missing(events));
  const { event, verdicts } = found;
  const told = rule === undefined ? nearestOf(verdicts, top) : verdicts;
  process.stdout.write(
    options.json
      ? `${explanationJson(event, told)}\n`
      : explanationText(event, told, rule !== undefined, terminalLook(options.macros === true)),
  );
}

/** Which event is to be explained, and what to say where there is none such among so many. */
interface Asked {
  readonly wish: Wish;
  readonly missing: (events: number) => string;
}

function wishOf(file: string | undefined, { event, live, rule, proc, nearest }: ExplainOptions): Asked {
  const of = proc === undefined ? "" : ` of a process named "${proc}"`;
  const among = proc === undefined ? {} : { among: (one: Observed) => one.thread?.comm === proc };
  if (live) {
    if (file !== undefined) throw new Failure("--live explains what happens on this machine: leave out the capture.");
    if (event !== undefined) throw new Failure("--event goes with a capture, not with --live.");
    if (rule === undefined) throw new Failure("--live needs --rule, the name of the rule to explain.");
    const missing = () => `There was no event${of} that the rule is asked about; --for waits longer.`;
    return { wish: { kind: nearest ? "nearest" : "next", ...among }, missing };
  }
  if (file === undefined) throw new Failure("Name a capture, or --live.");
  if (event === undefined) {
    if (rule === undefined)
      throw new Failure("Name an event with --event (its number or time), a rule with --rule, or both.");
    return {
      wish: { kind: "nearest", ...among },
      missing: () => `${file} has no event${of} that the rule is asked about.`,
    };
  }
  const { num, time } = eventNamed(event);
  return {
    wish: { kind: "one", isIt: (one) => one.num === num || (time !== undefined && one.time === time) },
    missing: (events) => {
      if (num === undefined) return `${file} has no event of this time that rules are asked about: ${event}.`;
      return events < num
        ? `${file} has ${events} events: there is no event ${num}.`
        : `Rules are not asked about event ${num}: it was recorded for the state of the machine.`;
    },
  };
}

/** Larger numbers are times: nanoseconds since the epoch. */
const MOST_EVENTS = 1e15;

/** An event by its number, or by the time that alerts state: nanoseconds (`evt.time`), or `2026-07-30T12:34:56.123456789Z`. */
function eventNamed(text: string): { readonly num?: number; readonly time?: bigint } {
  if (/^[0-9]{1,19}$/.test(text)) {
    const number = Number(text);
    if (number > MOST_EVENTS) return { time: BigInt(text) };
    if (number > 0) return { num: number };
  }
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+0000)$/.exec(text);
  const milliseconds = found === null ? Number.NaN : Date.parse(`${found[1]}Z`);
  if (found === null || Number.isNaN(milliseconds)) {
    throw new Failure(`--event takes the number of an event, or its time as alerts state it, not "${text}".`);
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
  throw new Failure(`There is no rule "${name}"${near === undefined ? "." : `; did you mean "${near}"?`}`);
}
