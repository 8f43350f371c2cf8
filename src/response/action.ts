import type { AlertRecord } from "../alert/record.ts";
import type { ActionHost } from "./host.ts";

/** Input of an action. */
export interface ActionRequest {
  readonly alert: AlertRecord;
  /** Values from the rule, the configuration and defaults, validated against {@link Action.parameters}. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Idempotency key, identical for all attempts at an action of a response for the same alert. */
  readonly key: string;
  /** Aborted at the action's timeout, or a few seconds after Eyas begins to stop. */
  readonly signal: AbortSignal;
  readonly host: ActionHost;
  /** Namespaces in which actions must not change anything, even for alerts from other namespaces. Default: none. */
  readonly protectedNamespaces?: readonly string[];
  /** Text that an interrupted attempt at this action last saved with `record`. */
  readonly recorded?: string;
  /**
   * Saves the remaining work in the action log, in case Eyas stops during the action. After a restart, Eyas runs the
   * action again with this text as `recorded`, regardless of limits. Absent if a user runs the action.
   * @returns resolves once the record is on disk; rejects at the timeout
   */
  record?(text: string): Promise<void>;
}

/** Outcome of an action. The text is shown to users unchanged and contains no secrets. */
export type ActionResult =
  | { readonly outcome: "done"; readonly answer: string }
  /** There was nothing to do, the action does not apply to the alert, or a setting forbids it. */
  | { readonly outcome: "skipped"; readonly reason: string }
  | { readonly outcome: "failed"; readonly reason: string };

/** A parameter of actions. */
export interface Parameter {
  readonly about: string;
  /** Accepted values, as text for users: "true or false". */
  readonly takes: string;
  readonly required?: true;
  readonly fallback?: unknown;
  /** The value is never shown, even if a rule contains it in plain text. */
  readonly secret?: true;
  /** The value is a script, command or template, in which `${NAME}` is not expanded as an environment variable. */
  readonly verbatim?: true;
  /** @returns the value, or undefined if it is invalid */
  check(value: unknown): unknown;
}

/** A level at which budgets apply separately (namespace, app or task), and the alert fields that name it. */
export interface Scope {
  readonly name: "namespace" | "app" | "task";
  readonly fields: readonly string[];
}

/**
 * Definition of an action. It is used to validate response rules, and for `eyas respond list` and docs/responses.md.
 * Each action must be listed in `list.ts`.
 */
export interface Action {
  /** Platform and verb: `host:kill`, `kubernetes:terminate`. */
  readonly name: string;
  /** Description in one sentence. */
  readonly about: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Whether the rule's next action runs after this action if the rule does not set `continue`. */
  readonly continues: boolean;
  /** Whether the action is idempotent. If so, it is run again when the outcome of an attempt is unknown. */
  readonly repeatable?: true;
  /**
   * Default cooldown per target, in milliseconds. 0 for calls of functions and webhooks, which are not limited per
   * target. Default: `responses.cooldown` of the configuration.
   */
  readonly cooldown?: number;
  /** Whether the action affects the alert's process. If so, the configured protected processes and users apply. */
  readonly ofProcess?: true;
  /**
   * Whether the action affects this machine. If so, it runs for received alerts only if `responses.received` is `all`.
   */
  readonly isLocal?: true;
  /**
   * Name of the action that suspends the same target if a budget is exhausted and `when_exhausted` is `suspend`.
   */
  readonly suspendedBy?: string;
  /** Name of the action that reverts this action; `eyas respond release` runs it. */
  readonly undoneBy?: string;
  /** Alert fields that the action reads. Alerts include these fields if their source provides them. */
  readonly fields: readonly string[];
  /** Alert fields that are named in the parameters. */
  fieldsIn?(parameters: Readonly<Record<string, unknown>>): readonly string[];
  /**
   * Scopes in order of precedence. The budget of the first scope that the alert contains applies. Default: namespace,
   * app, task.
   */
  readonly scopes?: readonly Scope[];
  /** Required roles, scopes or capabilities, one per line. */
  readonly permissions: readonly string[];
  /** YAML example of the parameters for docs/responses.md; empty if none are needed. */
  readonly example: string;
  /**
   * Describes the target, for example `pod shop/web-1`. Targets with the same description share a cooldown, unless
   * {@link effect} differs.
   * @returns the reason in `missing` if the alert has no target
   */
  target(
    alert: AlertRecord,
    parameters: Readonly<Record<string, unknown>>,
  ): { readonly target: string } | { readonly missing: string };
  /**
   * Describes what the action does to the target, if that depends on the alert: the address that it denies, the command
   * that it runs. Runs with different effects on a target do not share a cooldown. Default: the parameters without
   * secrets.
   */
  effect?(alert: AlertRecord, parameters: Readonly<Record<string, unknown>>): string;
  /** Runs the action. Never throws. */
  run(request: ActionRequest): Promise<ActionResult>;
}

/** Returns all fields that an action reads with these parameters. */
export function fieldsOf(action: Action, parameters: ActionRequest["parameters"]): readonly string[] {
  return [...action.fields, ...(action.fieldsIn?.(parameters) ?? [])];
}

/** Whether an action only calls a function or a webhook, and makes no changes itself. */
export function isCall({ cooldown }: Pick<Action, "cooldown">): boolean {
  return cooldown === 0;
}

/** Returns the platform of an action: the part of the name before the colon. */
export function platformOf(action: string): string {
  return action.slice(0, action.indexOf(":"));
}
