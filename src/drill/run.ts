import type { DrillAction } from "./action.ts";
import type { OwnedStage } from "./stage.ts";

/** Result of an action. */
export interface DrillReport {
  readonly action: DrillAction;
  /** Whether the benign twin ran instead of the action. */
  readonly benign: boolean;
  readonly outcome: "done" | "skipped" | "failed";
  /** Reason why the action was skipped or failed; null if the action is done. */
  readonly reason: string | null;
  /** Start and end in milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
}

/**
 * Runs actions one after the other and yields the result of each. If an action throws, the error is part of its result.
 * The caller must end the stage.
 */
export async function* runDrill(
  actions: readonly DrillAction[],
  { stage, benign }: { stage: OwnedStage; benign: boolean },
): AsyncGenerator<DrillReport, void, undefined> {
  for (const action of actions) {
    const began = Date.now();
    const missing = action.needs.map((need) => stage.unmet(need)).find((reason) => reason !== null);
    if (missing !== undefined) {
      yield { action, benign, outcome: "skipped", reason: missing, began, ended: began };
      continue;
    }
    let reason: string | null = null;
    stage.beginAction(benign ? `${action.name}-benign` : action.name);
    try {
      await (benign ? action.benign(stage) : action.act(stage));
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    } finally {
      stage.endAction();
    }
    yield { action, benign, outcome: reason === null ? "done" : "failed", reason, began, ended: Date.now() };
  }
}
