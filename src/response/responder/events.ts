import type { ActionEntry, ActionReason, ActionState } from "../../journal/action-entry.ts";
import type { BudgetDetails, BudgetKind, ExhaustedBudget } from "../limit/budgets.ts";

/** Prefix of the rules of alerts about responses. No response rule applies to them, so that no response causes another. */
export const REPORT = "Eyas internal: response";

/** The alert that caused a response, in short. */
export interface AlertReference {
  readonly id: string;
  readonly rule: string;
}

/** A budget, or a part of it, that is used up. */
export type Exhaustion = Omit<ExhaustedBudget, "details"> & BudgetDetails;

/** Events that the responder reports to the agent. */
export type ResponderEvent =
  | { readonly kind: "trouble"; readonly reason: string }
  | { readonly kind: "recovered" }
  /** A budget is used up; `suspends`: targets are suspended meanwhile. */
  | { readonly kind: "budget"; readonly budget: Exhaustion; readonly suspends: boolean }
  /** An action ended, was skipped, or its outcome is unknown. */
  | {
      readonly kind: "ended";
      readonly step: ActionEntry;
      readonly alert: AlertReference;
      /** Notifiers of the response. Empty: none is named. */
      readonly notifiers: readonly string[];
    }
  /** An Event cannot be created in the cluster, and is created again. */
  | { readonly kind: "unnotified"; readonly reason: string }
  | { readonly kind: "notified" };

/** Counters since the start. */
export interface ResponseCounts {
  /** By action and outcome: a state, or the reason for which it was skipped. */
  readonly steps: readonly {
    readonly action: string;
    readonly outcome: ActionState | ActionReason;
    readonly count: number;
  }[];
  /** Actions that run, and actions that are queued. */
  readonly running: number;
  readonly waiting: number;
  /** Seconds that actions took, by action. */
  readonly seconds: readonly { readonly action: string; readonly seconds: number; readonly count: number }[];
  readonly paused: boolean;
  /** Budgets that are used up. */
  readonly exhausted: readonly Exhaustion[];
  /** Actions that budgets suppressed, by kind and part of the budget. */
  readonly suppressed: readonly {
    readonly budget: BudgetKind;
    readonly part: Exhaustion["part"];
    readonly count: number;
  }[];
}
