import type { Alert } from "../../alert/alert.ts";
import { entryOf } from "../../alert/entry.ts";
import { type InternalEvent, internalAlert } from "../../alert/internal.ts";
import { alertRecord } from "../../alert/record.ts";
import type { Config } from "../../config/load.ts";
import { REPORT } from "../../response/responder/events.ts";
import { openSimulation, type SimulatedStep } from "../../response/simulation.ts";
import { Failure } from "../failure.ts";
import { alertOptions } from "../load/ready-rules.ts";
import { loadValidResponses } from "./response-rules.ts";
import { limitSettings } from "./responses.ts";

/** Simulates responses to the alerts of a replay. */
export interface ReplaySimulation {
  /** Fields that the response rules and the actions read. */
  readonly fields: readonly string[];
  /** Returns alerts about the actions that would have run or would have been skipped for an alert. */
  alertsFor(alert: Alert): Alert[];
}

/** @throws Failure if there are no response rules, or a rule is invalid */
export async function openReplaySimulation(
  paths: readonly string[] | undefined,
  config: Config,
  hostname: string,
): Promise<ReplaySimulation> {
  const wanted = paths ?? config.responses.rules_files ?? [];
  if (wanted.length === 0)
    throw new Failure("No response rules: pass --responses or set responses.rules_files in the configuration.");
  const { responses, fields } = await loadValidResponses(wanted, config, false);
  const simulation = openSimulation(responses, limitSettings(config, true), undefined);
  const options = alertOptions(config, hostname);
  let seq = 0;
  return {
    fields,
    alertsFor(alert) {
      const answered = alertRecord({ ...entryOf(alert), seq: ++seq, id: "" });
      const steps = simulation.evaluate(answered, Number(alert.time / 1_000_000n));
      return steps.map((step) => internalAlert(eventOf(step, alert), alert.time, options));
    },
  };
}

function eventOf({ response, action, target, suppressed }: SimulatedStep, alert: Alert): InternalEvent {
  const { name } = action.action;
  const to = target === undefined ? "" : ` on ${target}`;
  const outcome =
    suppressed === undefined ? "would have run" : `would have been skipped (${suppressed.why}: ${suppressed.reason})`;
  return {
    rule: `${REPORT} simulated`,
    priority: "Informational",
    message: `${name}${to} in response to "${alert.rule}" ${outcome} (${response.name})`,
    fields: {
      "eyas.response": response.name,
      "eyas.response.action": name,
      "eyas.response.outcome": suppressed === undefined ? "would_be_done" : "would_be_skipped",
      ...(target !== undefined && { "eyas.response.target": target }),
      ...(suppressed !== undefined && {
        "eyas.response.why": suppressed.why,
        "eyas.response.answer": suppressed.reason,
      }),
      "eyas.response.rule": alert.rule,
    },
  };
}
