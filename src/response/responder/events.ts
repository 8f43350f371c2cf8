import type { ActionEntry, ActionReason, ActionState } from "../../journal/action-entry.ts";
import type { BudgetDetails, BudgetKind, ExhaustedBudget } from "../limit/budgets.ts";

/**
 * Prefix of rule names in alerts about responses. Response rules do not match these alerts, so that responses cannot
 * trigger each other.
 */
export const REPORT = "Eyas internal: response";

/** Short reference to the alert that triggered a response. */
export interface AlertReference {
  readonly id: string;
  readonly rule: string;
}

/** An exhausted budget, or a part of a budget that is exhausted. */
export type Exhaustion = Omit<ExhaustedBudget, "details"> & BudgetDetails;

/** Events that the responder reports to the agent. */
export type ResponderEvent =
  | { readonly kind: "trouble"; readonly reason: string }
  | { readonly kind: "recovered" }
  /** A budget is exhausted. `suspends`: whether targets are suspended while it is exhausted. */
  | { readonly kind: "budget"; readonly budget: Exhaustion; readonly suspends: boolean }
  /** An action has finished or was skipped, or its outcome is unknown. */
  | {
      readonly kind: "ended";
      readonly step: ActionEntry;
      readonly alert: AlertReference;
      /** Notifiers of the response, including those for all rules. */
      readonly notifiers: readonly string[];
    }
  /** `unnotified`: Events cannot be created in the cluster. `notified`: they can be created again. */
  | { readonly kind: "unnotified"; readonly reason: string }
  | { readonly kind: "notified" };

/** Counters since the process started, and the current state of the responder. */
export interface ResponseCounts {
  /** Number of steps by action and outcome: a state, or the reason for skipping. */
  readonly steps: readonly {
    readonly action: string;
    readonly outcome: ActionState | ActionReason;
    readonly count: number;
  }[];
  /** Number of running and queued actions. */
  readonly running: number;
  readonly waiting: number;
  /** Total duration in seconds and number of runs, by action. */
  readonly seconds: readonly { readonly action: string; readonly seconds: number; readonly count: number }[];
  readonly paused: boolean;
  /** Exhausted budgets. */
  readonly exhausted: readonly Exhaustion[];
  /** Number of actions that budgets suppressed, by kind and part of the budget. */
  readonly suppressed: readonly {
    readonly budget: BudgetKind;
    readonly part: Exhaustion["part"];
    readonly count: number;
  }[];
}
