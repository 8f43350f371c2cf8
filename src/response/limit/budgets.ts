import type { AlertRecord } from "../../alert/record.ts";
import { isCall } from "../action.ts";
import { type Rate, rateText } from "../rule/measures.ts";
import type { LimitSettings } from "../settings.ts";
import { Budget, type Exceeded, type Part, type Use } from "./budget.ts";
import { type Claim, claimOf, levelText, subjectText } from "./claim.ts";
import type { Candidate, Suppression } from "./limits.ts";

/** Kinds of budgets. */
export type BudgetKind = "all" | "scope" | "calls" | "rule";

export interface ExhaustedBudget {
  /** Name of the budget, or of its part: `all actions`, `namespace shop`, `user 1000 in all actions`, … */
  readonly of: string;
  readonly kind: BudgetKind;
  /** The exhausted part of the budget. */
  readonly part: Part;
  readonly rate: Rate;
  /** Number of actions that the part allows. */
  readonly most: number;
  details(): BudgetDetails;
}

export interface BudgetDetails {
  /** Time when the part admits actions again, in milliseconds since the epoch. */
  readonly until: number;
  /** Workloads with the most actions. `subject` is a description for users. */
  readonly users: readonly Use[];
}

/** The budgets of all actions. */
export interface Budgets {
  /** Counts an action. If a budget is exhausted, counts nothing and returns the reason. */
  take(candidate: Candidate, now: number): Suppression | undefined;
  /**
   * Counts an action that has already run, according to the action log.
   * @param alert undefined if it is no longer in the journal
   */
  restore(action: Counted, received: boolean, alert: AlertRecord | undefined, time: number): void;
}

/** Properties of an action that determine its budgets. */
type Counted = Pick<Candidate, "response" | "place" | "action" | "scope">;

/** Number of budgets above which empty ones are removed. */
const CLEANUP_SIZE = 10_000;
/** Maximum number of workloads listed for an exhausted budget. */
const USERS = 5;
/** Claim used for an action if its alert is no longer in the journal. */
const UNKNOWN: Claim = { workload: "unknown", subject: JSON.stringify(["unknown", "unknown", "", "", ""]), level: 0 };

export function openBudgets(settings: Pick<LimitSettings, "budget" | "shares">): Budgets {
  const budgets = new Map<string, Budget>();

  /**
   * Budgets that apply to an action. Received alerts have separate budgets, so that a sender cannot exhaust the budgets
   * of local alerts.
   */
  function* budgetsOf({ response, place, action, scope }: Counted, received: boolean): Generator<Limit> {
    const limit = (kind: BudgetKind, of: string, rate: Rate): Limit => ({
      ...{ kind, rate },
      of: received ? `${of} for received alerts` : of,
    });
    const { all, scope: ofScope, calls } = settings.budget;
    if (action.budget !== undefined)
      yield limit("rule", `${action.action.name} in response ${response.name} (${place + 1})`, action.budget);
    if (isCall(action.action)) {
      if (calls !== undefined) yield limit("calls", "all function calls", calls);
      return;
    }
    if (scope !== undefined && ofScope !== undefined) yield limit("scope", scope, ofScope);
    if (all !== undefined) yield limit("all", "all actions", all);
  }

  function budgetFor({ of, rate }: Limit, now: number): Budget {
    const known = budgets.get(of);
    if (known !== undefined) return known;
    if (budgets.size > CLEANUP_SIZE) for (const [key, budget] of budgets) if (budget.isEmpty(now)) budgets.delete(key);
    const budget = new Budget(rate, settings.shares);
    budgets.set(of, budget);
    return budget;
  }

  return {
    take(candidate, now) {
      const claim = claimOf(candidate.alert);
      const limits = [...budgetsOf(candidate, candidate.alert.received === true)];
      for (const limit of limits) {
        const budget = budgetFor(limit, now);
        const exceeded = budget.exceeded(claim, now);
        if (exceeded !== undefined) return suppression(limit, budget, exceeded, claim);
      }
      for (const limit of limits) budgetFor(limit, now).add(claim, now);
      return undefined;
    },
    restore(action, received, alert, time) {
      const claim = alert === undefined ? UNKNOWN : claimOf(alert);
      for (const limit of budgetsOf(action, received)) budgetFor(limit, time).add(claim, time);
    },
  };
}

/** A budget that applies to an action. */
interface Limit {
  readonly kind: BudgetKind;
  readonly of: string;
  readonly rate: Rate;
}

function suppression({ kind, of, rate }: Limit, budget: Budget, exceeded: Exceeded, claim: Claim): Suppression {
  const { part, most, level } = exceeded;
  const owner = {
    total: undefined,
    priority: levelText(level),
    workload: claim.workload,
    subject: `${claim.workload} for ${subjectText(claim.subject)}`,
  }[part];
  const reason =
    owner === undefined
      ? `the budget of ${of} is exhausted: ${rateText(rate)}`
      : `the share of ${owner} in the budget of ${of} is exhausted: ${most} of ${rateText(rate)}`;
  const details = (): BudgetDetails => ({
    until: budget.roomAt(exceeded, claim),
    users: budget.users(USERS).map((use) => ({ ...use, subject: subjectText(use.subject) })),
  });
  const name = owner === undefined ? of : `${owner} in ${of}`;
  return { why: "budget", reason, budget: { of: name, kind, part, rate, most, details } };
}
