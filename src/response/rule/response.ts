import type { AlertRecord } from "../../alert/record.ts";
import type { Location } from "../../rule/location.ts";
import type { Action } from "../action.ts";
import type { Rate } from "./measures.ts";

/** A compiled response rule. */
export interface Response {
  readonly name: string;
  readonly description: string;
  /** The condition as written. */
  readonly condition: string;
  matches(alert: AlertRecord): boolean;
  /** Fields that the condition reads. */
  readonly fields: ReadonlySet<string>;
  /** In order. */
  readonly actions: readonly ResponseAction[];
  /** Whether further rules are evaluated after this one matched. */
  readonly continues: boolean;
  readonly dryRun: boolean;
  /** Names of notifiers that get the results of the actions. Empty: results go to the outputs. */
  readonly notifiers: readonly string[];
  readonly place: Location;
}

/** An action of a response with the settings of its rule. */
export interface ResponseAction {
  readonly action: Action;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether further actions follow when it succeeds or is skipped, and when it fails. */
  readonly continues: boolean;
  readonly ignoresErrors: boolean;
  readonly dryRun: boolean;
  /** Milliseconds; undefined: the action's default. */
  readonly cooldown: number | undefined;
  readonly timeout: number | undefined;
  readonly budget: Rate | undefined;
  /** Suspends the same target; undefined if no action does. */
  readonly suspend?: ResponseAction;
  readonly place: Location;
}
