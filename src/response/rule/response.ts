import type { Place } from "../../rule/place.ts";
import type { Action, ResponseAlert } from "../action.ts";
import type { Rate } from "./measures.ts";

/** What is done about alerts: a response rule, ready to be used. */
export interface Response {
  readonly name: string;
  readonly description: string;
  /** What has to hold, as it was written: for people. */
  readonly condition: string;
  matches(alert: ResponseAlert): boolean;
  /** The fields that the condition looks at. */
  readonly fields: ReadonlySet<string>;
  /** In their order. */
  readonly actions: readonly ResponseAction[];
  /** Whether further rules are looked at after one that matched. */
  readonly continues: boolean;
  readonly dryRun: boolean;
  readonly place: Place;
}

/** One action of a response, with what the rule says of it. */
export interface ResponseAction {
  readonly action: Action;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether further actions follow when it was done or skipped, and when it failed. */
  readonly continues: boolean;
  readonly ignoresErrors: boolean;
  readonly dryRun: boolean;
  /** Milliseconds; undefined where the rule doesn't say. */
  readonly cooldown: number | undefined;
  readonly timeout: number | undefined;
  readonly budget: Rate | undefined;
  readonly place: Place;
}
