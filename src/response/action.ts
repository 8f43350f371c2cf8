import type { AlertRecord } from "../alert/record.ts";
import type { ActionHost } from "./host.ts";

/** Input of an action. */
export interface ActionRequest {
  readonly alert: AlertRecord;
  /** Parameters of the response rule, checked against {@link Action.parameters}. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Idempotency key: the same for each attempt at one action for one alert. */
  readonly key: string;
  /** Aborts at the action's timeout and when Eyas stops. */
  readonly signal: AbortSignal;
  readonly host: ActionHost;
  /** Namespaces that are never changed, even if the alert is from another one. Absent: none. */
  readonly protectedNamespaces?: readonly string[];
  /** What an attempt that was interrupted had recorded last. */
  readonly recorded?: string;
  /**
   * Records in the action log what has to be finished if Eyas stops during the action: the next process runs it again with
   * `recorded`, whatever the limits. Absent if a user runs the action.
   * @returns once it is on disk; rejects at the timeout
   */
  record?(text: string): Promise<void>;
}

/** Outcome of an action. Its text is shown to people as it is and contains no secrets. */
export type ActionResult =
  | { readonly outcome: "done"; readonly answer: string }
  /** Nothing to do, or not allowed by a setting. */
  | { readonly outcome: "skipped"; readonly reason: string }
  | { readonly outcome: "failed"; readonly reason: string };

/** A parameter of actions. */
export interface Parameter {
  readonly about: string;
  /** Accepted values, for people: "true or false". */
  readonly takes: string;
  readonly required?: true;
  readonly fallback?: unknown;
  /** Never shown, not even if a rule contains it in plain text. */
  readonly secret?: true;
  /** A script, command or template: `${NAME}` in it is not replaced by an environment variable. */
  readonly verbatim?: true;
  /** @returns the value, or undefined if it is invalid */
  check(value: unknown): unknown;
}

/** A kind of namespace or app that has a budget of its own, and the fields that name it. */
export interface Scope {
  readonly name: "namespace" | "app" | "task";
  readonly fields: readonly string[];
}

/**
 * An action as its file describes it: response rules, `eyas respond list` and docs/responses.md follow.
 * Its file adds a line to `list.ts`.
 */
export interface Action {
  /** Platform and verb: `host:kill`, `kubernetes:terminate`. */
  readonly name: string;
  /** One sentence for people. */
  readonly about: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Whether further actions of the rule follow if the rule does not set `continue`. */
  readonly continues: boolean;
  /** Idempotent: repeated if its outcome is unknown. */
  readonly repeatable?: true;
  /**
   * Default cooldown of its target in milliseconds; 0 for calls of functions and webhooks, whose target takes any number.
   * Absent: `responses.cooldown` of the configuration.
   */
  readonly cooldown?: number;
  /** Acts on the alert's process: the protected processes and users of the configuration apply. */
  readonly ofProcess?: true;
  /** Acts on this machine: not allowed for received alerts unless `responses.received` is `all`. */
  readonly isLocal?: true;
  /** Name of the action that suspends the same target, if a budget is used up and `budget.when_exhausted` is `suspend`. */
  readonly suspendedBy?: string;
  /** Name of the action that undoes it: `eyas respond release` runs it. */
  readonly undoneBy?: string;
  /** Fields of alerts that it reads. Alerts carry those that their source has. */
  readonly fields: readonly string[];
  /** Fields that its parameters name. */
  fieldsIn?(parameters: Readonly<Record<string, unknown>>): readonly string[];
  /** Scopes whose budgets it counts against. Absent: namespace, app and task of the alert, whichever it has first. */
  readonly scopes?: readonly Scope[];
  /** Roles, scopes or capabilities that it needs, one line each. */
  readonly permissions: readonly string[];
  /** Example of its parameters in YAML for docs/responses.md; empty if it needs none. */
  readonly example: string;
  /**
   * The target in words (`pod shop/web-1`), by which cooldowns count.
   * @returns a sentence on the missing field if the alert has no target
   */
  target(
    alert: AlertRecord,
    parameters: Readonly<Record<string, unknown>>,
  ): { readonly target: string } | { readonly missing: string };
  /** Never throws. */
  run(request: ActionRequest): Promise<ActionResult>;
}

/** All fields that an action reads with these parameters. */
export function fieldsOf(action: Action, parameters: ActionRequest["parameters"]): readonly string[] {
  return [...action.fields, ...(action.fieldsIn?.(parameters) ?? [])];
}

/** Whether an action calls a function or a webhook: it changes nothing by itself. */
export function isCall({ cooldown }: Pick<Action, "cooldown">): boolean {
  return cooldown === 0;
}

/** The platform of an action: the part of its name before the colon. */
export function platformOf(action: string): string {
  return action.slice(0, action.indexOf(":"));
}
