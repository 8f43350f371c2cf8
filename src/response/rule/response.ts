import type { AlertRecord } from "../../alert/record.ts";
import type { Location } from "../../rule/location.ts";
import type { Action } from "../action.ts";
import type { Rate } from "./measures.ts";

/** A compiled response rule. */
export interface Response {
  readonly name: string;
  readonly description: string;
  /** The condition as written in the rule. */
  readonly condition: string;
  matches(alert: AlertRecord): boolean;
  /** Fields that the condition reads. */
  readonly fields: ReadonlySet<string>;
  /** Actions in order of execution. */
  readonly actions: readonly ResponseAction[];
  /** Whether later rules are evaluated after this rule matched. */
  readonly continues: boolean;
  readonly dryRun: boolean;
  /** Names of notifiers for the results of the actions. Empty: results go to the outputs. */
  readonly notifiers: readonly string[];
  readonly place: Location;
}

/** An action of a response, with the settings of its rule. */
export interface ResponseAction {
  readonly action: Action;
  readonly parameters: Readonly<Record<string, unknown>>;
  /**
   * `continues`: whether the next action runs if this action succeeded or was skipped. `ignoresErrors`: whether the
   * next action also runs if this action failed.
   */
  readonly continues: boolean;
  readonly ignoresErrors: boolean;
  readonly dryRun: boolean;
  /** Cooldown in milliseconds; if undefined, the default of the action applies. */
  readonly cooldown: number | undefined;
  readonly timeout: number | undefined;
  readonly budget: Rate | undefined;
  /** The action that suspends the target if a budget is exhausted; undefined if there is none. */
  readonly suspend?: ResponseAction;
  readonly place: Location;
}
