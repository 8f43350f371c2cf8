import type { Health, HealthState } from "../../telemetry/health.ts";

/** The stages that a canary passes, in order. */
export const canaryStages = ["kernel", "engine", "journal"] as const;
export type CanaryStage = (typeof canaryStages)[number];

interface Trouble {
  readonly state: Exclude<HealthState, "ok">;
  readonly reason: string;
}

/** Sets the health of the component `canary` from the stages at which canaries are late or lost. */
export class CanaryStages {
  private readonly health: Health;
  private readonly troubles = new Map<CanaryStage, Trouble>();
  private isSent = false;

  constructor(health: Health) {
    this.health = health;
  }

  /** Adds the component. Must be called when the agent starts to send canaries. */
  open(): void {
    this.isSent = true;
    this.update();
  }

  /** Records that canaries pass a stage in time. */
  pass(stage: CanaryStage): void {
    if (this.troubles.delete(stage)) this.update();
  }

  /** Records that canaries are late or lost at a stage. @param reason a sentence without a period */
  fail(stage: CanaryStage, state: Trouble["state"], reason: string): void {
    this.troubles.set(stage, { state, reason });
    this.update();
  }

  close(): void {
    this.isSent = false;
    this.health.remove("canary");
  }

  private update(): void {
    if (!this.isSent) return;
    const found = canaryStages.flatMap((stage) => {
      const trouble = this.troubles.get(stage);
      return trouble === undefined ? [] : [{ ...trouble, text: `${stage}: ${trouble.reason}` }];
    });
    const state = found.length === 0 ? "ok" : found.some((one) => one.state === "failed") ? "failed" : "degraded";
    this.health.set("canary", state, found.map(({ text }) => text).join("; "));
  }
}
