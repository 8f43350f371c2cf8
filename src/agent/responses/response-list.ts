import type { Config } from "../../config/load.ts";
import type { SwitchChange } from "../../journal/switch.ts";
import type { Action } from "../../response/action.ts";
import { isCall } from "../../response/action.ts";
import { actions } from "../../response/list.ts";
import { durationText, rateText } from "../../response/rule/measures.ts";
import type { Response, ResponseAction } from "../../response/rule/response.ts";
import { visible } from "../../telemetry/visible.ts";

/** Available actions, sorted by name. */
export async function allActions(): Promise<Action[]> {
  return Promise.all(
    Object.entries(actions)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, action]) => action()),
  );
}

/** Formats actions, with their parameters and required permissions. */
export async function actionsText(): Promise<string> {
  const pages = (await allActions()).map((action) => {
    const { name, about, parameters, permissions } = action;
    const lines = [name, `  ${about}`];
    for (const [key, { about: meaning, takes, required, fallback }] of Object.entries(parameters)) {
      const otherwise = required ? "; required" : fallback === undefined ? "" : `; ${JSON.stringify(fallback)}`;
      lines.push(`    ${key}: ${meaning} (${takes}${otherwise})`);
    }
    lines.push("  permissions", ...permissions.map((line) => `    ${line}`));
    return `${lines.join("\n")}\n`;
  });
  return pages.join("\n");
}

export async function actionsJson(): Promise<string> {
  return (await allActions())
    .map(({ name, about, parameters, permissions, continues, repeatable = false }) => {
      const described = Object.entries(parameters).map(([key, { about, takes, required, fallback, secret }]) => [
        key,
        { about, takes, required: required === true, secret: secret === true, default: fallback ?? null },
      ]);
      const all = { name, about, continues, repeatable, permissions, parameters: Object.fromEntries(described) };
      return `${JSON.stringify(all)}\n`;
    })
    .join("");
}

/** Formats response rules, in the order of evaluation, and the global limits. */
export function responsesText(
  responses: readonly Response[],
  { responses: settings }: Config,
  change: SwitchChange | undefined,
): string {
  const lines: string[] = [];
  for (const { name, description, condition, actions, continues, dryRun, place } of responses) {
    const { line } = place.position();
    lines.push(`${visible(name)}  (${place.file.name}:${line})`);
    if (description !== "") lines.push(`  ${visible(description.trim())}`);
    lines.push(`  when  ${visible(condition.replace(/\s+/g, " "))}`);
    for (const [i, action] of actions.entries()) lines.push(`  ${i + 1}.    ${actionText(action)}`);
    if (dryRun) lines.push("  dry run");
    if (!continues) lines.push("  stops: later rules are not evaluated for the same alert");
    lines.push("");
  }
  if (responses.length === 0) lines.push("No response rules.", "");
  for (const { name, permissions } of actionsOf(responses))
    lines.push(`permissions for ${name}`, ...permissions.map((line) => `  ${line}`));
  if (responses.length > 0) lines.push("");
  const { all, scope, calls, workload_share, subject_share, priority_reserve, when_exhausted } = settings.budget;
  lines.push(
    `budget    ${rateText(all)} in total, ${rateText(scope)} per namespace or app, ${rateText(calls)} function calls`,
    `shares    ${workload_share}% of a budget per workload, ${subject_share}% of a workload's share per subject, ${priority_reserve}% reserved per priority level`,
    `exhausted ${when_exhausted === "suspend" ? "targets are suspended" : "actions are skipped"}`,
    `cooldown  ${durationText(settings.cooldown)}    timeout  ${durationText(settings.timeout)}`,
    `state     ${switchText(settings.paused, change)}`,
  );
  if (settings.dry_run) lines.push("dry run   responses.dry_run is set; actions are only simulated");
  return `${lines.join("\n")}\n`;
}

/** All actions that the response rules use, without duplicates. */
function actionsOf(responses: readonly Response[]): Iterable<Action> {
  const actions = responses.flatMap((response) => response.actions.map(({ action }) => action));
  return new Map(actions.map((action) => [action.name, action])).values();
}

function switchText(paused: boolean, change: SwitchChange | undefined): string {
  if (paused) return "paused by responses.paused";
  if (change === undefined) return "active";
  const { time, who, reason } = change;
  const by = `${new Date(time).toISOString()} by ${visible(who)}${reason === "" ? "" : `: ${visible(reason)}`}`;
  return change.paused ? `paused since ${by}` : `active since ${by}`;
}

function actionText(one: ResponseAction): string {
  const { action, dryRun, cooldown, timeout, budget, continues, ignoresErrors } = one;
  const parameters = Object.entries(shownParameters(one)).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const limits = [
    ...(cooldown === undefined ? [] : [`cooldown ${durationText(cooldown)}`]),
    ...(budget === undefined ? [] : [`budget ${rateText(budget)}`]),
    ...(timeout === undefined ? [] : [`timeout ${durationText(timeout)}`]),
    ...(dryRun ? ["dry run"] : []),
    ...(ignoresErrors ? ["ignores errors"] : []),
    ...(continues ? [] : ["stops"]),
    ...(isCall(action) ? ["function call"] : []),
  ];
  return visible([action.name, ...parameters, ...(limits.length > 0 ? [`(${limits.join(", ")})`] : [])].join(" "));
}

/** Parameters whose values differ from the default, with secrets masked. */
function shownParameters({ action, parameters }: ResponseAction): Readonly<Record<string, unknown>> {
  const shown = Object.entries(parameters).flatMap(([key, value]) => {
    const parameter = action.parameters[key];
    const isDefault = JSON.stringify(value) === JSON.stringify(parameter?.fallback);
    return isDefault ? [] : [[key, parameter?.secret ? "***" : value] as const];
  });
  return Object.fromEntries(shown);
}

export function responsesJson(responses: readonly Response[]): string {
  return responses
    .map((response) => {
      const { name, description, condition, continues, dryRun, place } = response;
      const actions = response.actions.map((one) => ({
        action: one.action.name,
        parameters: shownParameters(one),
        continue: one.continues,
        ignore_errors: one.ignoresErrors,
        dry_run: one.dryRun,
        ...(one.cooldown !== undefined && { cooldown_ms: one.cooldown }),
        ...(one.timeout !== undefined && { timeout_ms: one.timeout }),
        ...(one.budget !== undefined && { budget: rateText(one.budget) }),
      }));
      const where = { file: place.file.name, line: place.position().line };
      const all = { response: name, description, match: condition, continue: continues, dry_run: dryRun, actions };
      return `${JSON.stringify({ ...all, ...where })}\n`;
    })
    .join("");
}
