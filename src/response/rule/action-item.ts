import { didYouMean } from "../../condition/did-you-mean.ts";
import { ItemError, ItemErrors, type Report } from "../../rule/diagnostic.ts";
import { Item } from "../../rule/item.ts";
import { type Location, locationOf } from "../../rule/location.ts";
import type { Action } from "../action.ts";
import { sharedFor } from "../shared-parameters.ts";
import { parseDuration, parseRate, type Rate } from "./measures.ts";
import type { ReadOptions } from "./options.ts";
import type { ResponseAction } from "./response.ts";
import { locationOfWritten, plainValueOf, type WrittenValue } from "./values.ts";

/** An action in a response rule. */
export interface ActionItem {
  readonly name: string;
  /** Location of the action's name. */
  readonly namePlace: Location;
  /** Parameters by name, with the locations of the names. */
  readonly parameters: ReadonlyMap<string, { readonly value: WrittenValue; readonly place: Location }>;
  /** Undefined: the default of the action. */
  readonly continues: boolean | undefined;
  readonly ignoresErrors: boolean;
  readonly dryRun: boolean;
  readonly cooldown: number | undefined;
  readonly timeout: number | undefined;
  readonly budget: Rate | undefined;
  readonly place: Location;
  /** Whether unknown parameters are reported as warnings instead of errors, because Talon ignores them. */
  readonly lenient?: true;
}

const KEYS = ["action", "parameters", "continue", "ignore_errors", "cooldown", "budget", "timeout", "dry_run"];

/**
 * Reads an action of a rule. Unknown keys are treated as parameters, like keys under `parameters`.
 * @throws ItemError
 */
export function readAction(item: Item, report: Report, rule: string): ActionItem {
  const reasons = new ItemErrors();
  const parameters = new Map<string, { value: WrittenValue; place: Location }>();
  const add = (under: Item, known: readonly string[]): void => {
    for (const { key, value } of under.mapping.entries) {
      if (key.kind !== "scalar") throw under.error("A parameter's name must be a scalar", key);
      if (known.includes(key.text)) continue;
      parameters.set(key.text, { value: { file: item.file, node: value }, place: locationOf(item.file, key) });
    }
  };
  const name = item.text("action");
  reasons.or(undefined, () => add(item, KEYS));
  const inside = item.value("parameters");
  if (inside?.kind === "mapping") {
    reasons.or(undefined, () => add(itemAt(item, inside), []));
  } else if (inside !== undefined)
    report.error("LOAD_ERR_YAML_VALIDATE", '"parameters" must be a mapping', locationOf(item.file, inside), rule);
  const read: ActionItem = {
    name,
    namePlace: item.locationAt("action"),
    parameters,
    continues: reasons.or(undefined, () => item.optionalBoolean("continue")),
    ignoresErrors: reasons.or(false, () => item.optionalBoolean("ignore_errors") ?? false),
    dryRun: reasons.or(false, () => item.optionalBoolean("dry_run") ?? false),
    cooldown: reasons.or(undefined, () => measure(item, "cooldown", parseDuration, "a duration such as 90s, 10m or 0")),
    timeout: reasons.or(undefined, () => measure(item, "timeout", parseDuration, "a duration such as 30s")),
    budget: reasons.or(undefined, () => measure(item, "budget", parseRate, "a rate such as 5/10m")),
    place: item.place,
  };
  reasons.check();
  return read;
}

/** Whether messages may show a value. Secrets, values of environment variables and URLs with credentials are hidden. */
function isShown({ secret }: Action["parameters"][string], given: unknown, { node }: WrittenValue): boolean {
  if (secret || typeof given !== "string" || node.kind !== "scalar") return false;
  return node.text === given && !/[^\s/]@/.test(given);
}

function itemAt({ file }: Item, mapping: Item["mapping"]): Item {
  return new Item(file, mapping);
}

function measure<T>(item: Item, key: string, read: (text: string) => T | undefined, takes: string): T | undefined {
  if (!item.has(key)) return undefined;
  const scalar = item.scalar(key);
  const value = read(scalar.text);
  if (value === undefined) throw item.error(`"${key}" takes ${takes}, not "${scalar.text}"`, scalar);
  return value;
}

/**
 * Imports the action and validates its parameters.
 * @returns undefined if it is invalid; the report contains the errors
 */
export async function prepareAction(
  item: ActionItem,
  options: ReadOptions,
  report: Report,
  rule: string,
): Promise<ResponseAction | undefined> {
  const { actions } = options;
  const load = Object.hasOwn(actions, item.name) ? actions[item.name] : undefined;
  if (load === undefined) {
    const message = `Unknown action "${item.name}".${didYouMean(item.name, Object.keys(actions))}`;
    report.error("LOAD_ERR_VALIDATE", message, item.namePlace, rule);
    return undefined;
  }
  const action = await load();
  const errors = report.errors.length;
  const parameters = checkedParameters(action, item, options, report, rule);
  if (report.errors.length > errors) return undefined;
  const { ignoresErrors, dryRun, cooldown, timeout, budget, place } = item;
  const continues = item.continues ?? action.continues;
  const ready = { action, parameters, continues, ignoresErrors, dryRun, cooldown, timeout, budget, place };
  const suspend = await suspensionOf(ready, actions);
  return { ...ready, ...(suspend && { suspend }) };
}

/** Cooldown of a suspension, in milliseconds. */
const SUSPEND_COOLDOWN = 1000;

/**
 * Returns the action that suspends the target of another action. Parameters that both actions have are copied to it.
 */
async function suspensionOf(
  { action, parameters, ...others }: ResponseAction,
  actions: ReadOptions["actions"],
): Promise<ResponseAction | undefined> {
  const { suspendedBy } = action;
  const load = suspendedBy !== undefined && Object.hasOwn(actions, suspendedBy) ? actions[suspendedBy] : undefined;
  if (load === undefined) return undefined;
  const suspend = await load();
  const shared = Object.entries(suspend.parameters).flatMap(([name, { fallback }]) => {
    const value = parameters[name] ?? fallback;
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...others,
    action: suspend,
    parameters: Object.fromEntries(shared),
    cooldown: SUSPEND_COOLDOWN,
    budget: undefined,
  };
}

function checkedParameters(
  action: Action,
  item: ActionItem,
  { environment, strict, shared }: ReadOptions,
  report: Report,
  rule: string,
): Readonly<Record<string, unknown>> {
  const known = action.parameters;
  const values: [string, unknown][] = [];
  for (const [name, { place }] of item.parameters) {
    if (Object.hasOwn(known, name)) continue;
    const message = `${action.name} has no parameter "${name}".${didYouMean(name, [...Object.keys(known), ...KEYS])}`;
    if (item.lenient) report.warn("LOAD_UNKNOWN_KEY", message, place, rule);
    else report.error("LOAD_ERR_VALIDATE", message, place, rule);
  }
  for (const [name, parameter] of Object.entries(known)) {
    const written = item.parameters.get(name);
    let isSet = true;
    const unset = (variable: string, place: Location): void => {
      isSet = false;
      const message = `The environment variable ${variable} of the parameter "${name}" is not set`;
      if (strict) report.error("LOAD_ERR_VALIDATE", message, place, rule);
      else report.warn("LOAD_WARNING_EXTENSION", message, place, rule);
    };
    try {
      const given = written && plainValueOf(written.value, parameter.verbatim ? undefined : { environment, unset });
      if (given === undefined) {
        const common = sharedFor(shared, action.name, name);
        const value = common === undefined || common === "" ? undefined : parameter.check(common);
        if (value !== undefined) values.push([name, value]);
        else if (parameter.required && shared === undefined) {
          const message = `${action.name} requires the parameter "${name}", here or in responses.parameters`;
          report.warn("LOAD_WARNING_EXTENSION", message, written?.place ?? item.namePlace, rule);
        } else if (parameter.required) {
          const message = `${action.name} requires the parameter "${name}": ${parameter.takes}`;
          report.error("LOAD_ERR_VALIDATE", message, written?.place ?? item.namePlace, rule);
        } else if (parameter.fallback !== undefined) values.push([name, parameter.fallback]);
        continue;
      }
      const value = isSet ? parameter.check(given) : undefined;
      if (value !== undefined) values.push([name, value]);
      else if (isSet && written !== undefined) {
        const shown = isShown(parameter, given, written.value) ? `, not ${JSON.stringify(given)}` : "";
        report.error(
          "LOAD_ERR_VALIDATE",
          `"${name}" takes ${parameter.takes}${shown}`,
          locationOfWritten(written.value),
          rule,
        );
      }
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      report.reject(error, rule);
    }
  }
  return Object.fromEntries(values);
}
