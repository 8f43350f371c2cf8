import { Failure } from "../agent/failure.ts";
import { alertOptions } from "../agent/load/ready-rules.ts";
import { rightResponses } from "../agent/responses/response-rules.ts";
import { brakesOf } from "../agent/responses/responses.ts";
import type { Alert } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { type InternalEvent, internalAlert } from "../alert/internal.ts";
import type { Config } from "../config/load.ts";
import { answeredAlert } from "../response/answered.ts";
import { openRehearsal, type RehearsedStep } from "../response/rehearsal.ts";
import { REPORT } from "../response/responder.ts";

/** Simulates responses to the alerts of a capture. */
export interface ReplaySimulation {
  /** Fields that response rules and their actions use. */
  readonly fields: readonly string[];
  /** Alerts that report the actions that would have run. */
  alertsFor(alert: Alert): Alert[];
}

/** @throws Failure if there are no response rules, or some are invalid */
export async function openReplaySimulation(
  paths: readonly string[] | undefined,
  config: Config,
  hostname: string,
): Promise<ReplaySimulation> {
  const wanted = paths ?? config.responses.rules_files ?? [];
  if (wanted.length === 0)
    throw new Failure("No response rules: pass --responses or set responses.rules_files in the configuration.");
  const { responses, fields } = await rightResponses(wanted, config, false);
  const simulation = openRehearsal(responses, brakesOf(config, true), undefined);
  const options = alertOptions(config, hostname);
  let seq = 0;
  return {
    fields,
    alertsFor(alert) {
      const answered = answeredAlert({ ...entryOf(alert), seq: ++seq, id: "" });
      const steps = simulation.answer(answered, Number(alert.time / 1_000_000n));
      return steps.map((step) => internalAlert(eventOf(step, alert), alert.time, options));
    },
  };
}

function eventOf({ response, action, target, held }: RehearsedStep, alert: Alert): InternalEvent {
  const { name } = action.action;
  const to = target === undefined ? "" : ` to ${target}`;
  const outcome = held === undefined ? "would have run" : `would have been skipped (${held.why}: ${held.reason})`;
  return {
    rule: `${REPORT} rehearsed`,
    priority: "Informational",
    message: `${name}${to} ${outcome} because of "${alert.rule}" (${response.name})`,
    fields: {
      "eyas.response": response.name,
      "eyas.response.action": name,
      "eyas.response.outcome": held === undefined ? "would_be_done" : "would_be_skipped",
      ...(target !== undefined && { "eyas.response.target": target }),
      ...(held !== undefined && { "eyas.response.why": held.why, "eyas.response.answer": held.reason }),
      "eyas.response.rule": alert.rule,
    },
  };
}
