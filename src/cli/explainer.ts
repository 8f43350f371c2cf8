import { vocabulary } from "../field/catalogue.ts";
import type { Observed } from "../machine/observed.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { type EventFacts, eventTeller } from "../workbench/explain-event.ts";
import { explanationJson } from "../workbench/explain-json.ts";
import { judge, type RuleVerdict, rankRules } from "../workbench/explain-near.ts";
import { explanationText } from "../workbench/explain-report.ts";
import { valueShower } from "../workbench/explain-value.ts";
import { nearest } from "../workbench/nearest.ts";
import { authorOf } from "../workbench/written.ts";
import type { ExplainOptions } from "./explain.ts";
import { Failure } from "./failure.ts";
import { lookAt, secondsIn } from "./look.ts";
import { defaultRules, readyRules } from "./rules.ts";
import { positive, readSettings } from "./settings.ts";
import { terminalLook } from "./terminal.ts";

/** `eyas explain`: an event, and what rules make of it. */
export async function explainEvent(file: string | undefined, options: ExplainOptions): Promise<void> {
  const { wanted, what } = eventWanted(file, options);
  const settings = await readSettings(options);
  const { config } = settings;
  const ready = await readyRules(settings.rules ?? defaultRules, config, "all", "");
  const { loaded, ruleset, wantsContainers } = ready;
  const rule = options.rule === undefined ? undefined : ruleNamed(options.rule, loaded.rules);
  const top = positive(options.top, "--top");

  const printing = { base64Buffers: config.buffer_format_base64 };
  const words = vocabulary(config.static_fields);
  const tell = eventTeller(words, printing);
  const show = valueShower(words, printing);
  const author = authorOf(loaded.definitions);
  let found: { readonly event: EventFacts; readonly verdicts: readonly RuleVerdict[] } | undefined;

  const asked = rule === undefined ? ruleset.rules : [rule];
  const events = await lookAt({
    file,
    seconds: file === undefined ? secondsIn(options.for ?? "30s", "--for") : undefined,
    config,
    rules: asked,
    wantsContainers,
    done: () => found !== undefined,
    look(event) {
      if (found !== undefined || !wanted(event, rule)) return;
      const verdicts = rule === undefined ? rankRules(asked, author, event, show) : [judge(rule, author, event, show)];
      found = { event: tell(event), verdicts };
    },
  });
  if (found === undefined) throw new Failure(what(events));
  const { event, verdicts } = found;
  const fired = verdicts.filter(({ fires }) => fires);
  const told = rule === undefined ? verdicts.slice(0, fired.length + top) : verdicts;
  process.stdout.write(
    options.json
      ? `${explanationJson(event, told)}\n`
      : explanationText(event, told, rule !== undefined, terminalLook(options.macros === true)),
  );
}

interface Wanted {
  wanted(event: Observed, rule: LoadedRule | undefined): boolean;
  /** What to say where there was none among so many. */
  what(events: number): string;
}

function eventWanted(file: string | undefined, { event, live, rule, proc }: ExplainOptions): Wanted {
  if (live) {
    if (file !== undefined) throw new Failure("--live explains what happens on this machine: leave out the capture.");
    if (event !== undefined) throw new Failure("--event goes with a capture, not with --live.");
    if (rule === undefined) throw new Failure("--live needs --rule, the name of the rule to explain.");
    const of = proc === undefined ? "" : ` of a process named "${proc}"`;
    return {
      wanted: (one, asked) =>
        asked?.bound.codes.has(one.type) === true && (proc === undefined || one.thread?.comm === proc),
      what: () => `There was no event${of} that the rule is asked about; --for waits longer.`,
    };
  }
  if (file === undefined) throw new Failure("Name a capture and --event, or --live and --rule.");
  if (event === undefined)
    throw new Failure("--event is needed: the number of an event (evt.num) in the capture, or its time.");
  const { num, time } = eventNamed(event);
  return {
    wanted: (one) => one.num === num || (time !== undefined && one.time === time),
    what: (events) => {
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
