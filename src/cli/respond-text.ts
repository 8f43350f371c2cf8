import type { AlertRecord } from "../alert/record.ts";
import { clockText } from "../field/time.ts";
import type { ActionEntry, ActionState } from "../journal/action-entry.ts";
import type { LoggedAction } from "../journal/action-log.ts";
import type { SimulatedStep } from "../response/simulation.ts";
import { painted } from "../telemetry/print.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";

const colors: Readonly<Partial<Record<ActionState, Parameters<typeof painted>[0]>>> = {
  done: "green",
  failed: "red",
  unknown: "yellow",
  skipped: "gray",
};

/** Length of the longest state. */
const STATE = 7;

/** Returns an entry of the history: time, state and action on the first line, rule and result on the second. */
export function stepLine(step: LoggedAction): string {
  const { time, seq, response, alert } = step;
  const because = alert === undefined ? `alert ${seq}` : `"${alert.rule}" (${seq})`;
  const head = `${clockText(BigInt(time) * 1_000_000n, true, false)}  ${stateText(step)}  ${whatText(step)}`;
  return `${visible(head)}\n    ${visible(`${response} ← ${because}${answerText(step)}`)}\n`.replace(
    visible(stateText(step)),
    colored(step.state, stateText(step)),
  );
}

/** Returns an entry of the history of a single alert on one line. */
export function stepOfAlert(step: ActionEntry): string {
  const when = clockText(BigInt(step.time) * 1_000_000n, true, false);
  return `${when}  ${colored(step.state, stateText(step))}  ${visible(`${whatText(step)}  (${step.response})${answerText(step)}`)}`;
}

function stateText({ state }: ActionEntry): string {
  return state.padEnd(STATE);
}

function whatText({ action, target, attempt, dryRun }: ActionEntry): string {
  const again = attempt > 1 ? ` (attempt ${attempt})` : "";
  return `${action}${target === undefined ? "" : ` → ${target}`}${again}${dryRun ? " (dry run)" : ""}`;
}

function answerText({ why, answer, asked, ended }: ActionEntry): string {
  const took = asked === undefined || ended === undefined ? "" : ` [${ended - asked} ms]`;
  return `${why === undefined ? "" : `  ${why}:`}${answer === undefined ? "" : `  ${answer}`}${took}`;
}

function colored(state: ActionState, text: string): string {
  const color = colors[state];
  return color === undefined ? text : painted(color, text);
}

/** Returns an entry of the history as an object for JSON output. */
export function stepObject(step: ActionEntry): Readonly<Record<string, unknown>> {
  const { id, response, place, action, attempt, key, target, scope, dryRun, state, why, answer } = step;
  const time = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
  const { asked, ended } = step;
  return {
    ...{ id, response, place, action, target: target ?? null, scope: scope ?? null, state, why: why ?? null },
    ...{ answer: answer ?? null, dry_run: dryRun, attempt, key, decided: time(step.time), asked: time(asked) },
    ...(step.record !== undefined && { record: step.record }),
    ...{ ended: time(ended), milliseconds: asked === undefined || ended === undefined ? null : ended - asked },
  };
}

export function trailJson(step: LoggedAction): string {
  const alert = { number: step.seq, uuid: step.alert?.id ?? null, rule: step.alert?.rule ?? null };
  return `${visibleJson(JSON.stringify({ ...stepObject(step), alert }))}\n`;
}

/** Returns the actions that would run for an alert, and those that would be skipped, as text. */
export function simulatedText(alert: AlertRecord, steps: readonly SimulatedStep[]): string {
  const lines = [`${alert.rule}: ${alert.output}`];
  for (const { response, action, target, suppressed } of steps) {
    const what = `${action.action.name}${target === undefined ? "" : ` → ${target}`}`;
    const dry = response.dryRun || action.dryRun ? " (dry run)" : "";
    lines.push(`  ${suppressed === undefined ? "would run" : "would be skipped"}${dry}: ${what}  (${response.name})`);
    if (suppressed !== undefined) lines.push(`    ${suppressed.why}: ${suppressed.reason}`);
  }
  if (steps.length === 0) lines.push("  no response rule matches");
  return `${lines.map(visible).join("\n")}\n`;
}

export function simulatedJson(alert: AlertRecord, steps: readonly SimulatedStep[]): string {
  const done = steps.map(({ response, place, action, target, suppressed }) => ({
    ...{ response: response.name, place, action: action.action.name, target: target ?? null },
    ...{ would_be_done: suppressed === undefined, dry_run: response.dryRun || action.dryRun },
    ...{ why: suppressed?.why ?? null, reason: suppressed?.reason ?? null },
  }));
  return `${visibleJson(JSON.stringify({ rule: alert.rule, uuid: alert.id, responses: done }))}\n`;
}
