import { Failure } from "../agent/failure.ts";
import { alertOptions } from "../agent/load/ready-rules.ts";
import { rightResponses } from "../agent/responses/response-rules.ts";
import { brakesOf } from "../agent/responses/responses.ts";
import type { Alert } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { type InternalEvent, internalAlert } from "../alert/internal.ts";
import type { Config } from "../config/load.ts";
import { answeredAlert } from "../response/alert.ts";
import { REPORT } from "../response/responder/responder.ts";
import { openRehearsal, type RehearsedStep } from "../response/simulation.ts";

/** Says what would have been done about the alerts of a recording. */
export interface ReplayRehearsal {
  /** The fields that response rules and their actions look at. */
  readonly fields: readonly string[];
  /** Alerts that say what would have been done about one. */
  answer(alert: Alert): Alert[];
}

/** @throws Failure where there are no response rules, or there is a mistake in them */
export async function openReplayRehearsal(
  paths: readonly string[] | undefined,
  config: Config,
  hostname: string,
): Promise<ReplayRehearsal> {
  const wanted = paths ?? config.responses.rules_files ?? [];
  if (wanted.length === 0)
    throw new Failure(
      "There are no response rules: --responses names some, or responses.rules_files of the configuration.",
    );
  const { responses, fields } = await rightResponses(wanted, config, false);
  const rehearsal = openRehearsal(responses, brakesOf(config, true), undefined);
  const options = alertOptions(config, hostname);
  let seq = 0;
  return {
    fields,
    answer(alert) {
      const answered = answeredAlert({ ...entryOf(alert), seq: ++seq, id: "" });
      const steps = rehearsal.answer(answered, Number(alert.time / 1_000_000n));
      return steps.map((step) => internalAlert(eventOf(step, alert), alert.time, options));
    },
  };
}

function eventOf({ response, action, target, held }: RehearsedStep, alert: Alert): InternalEvent {
  const { name } = action.action;
  const to = target === undefined ? "" : ` to ${target}`;
  const verdict = held === undefined ? "would have been done" : `would have been skipped (${held.why}: ${held.reason})`;
  return {
    rule: `${REPORT} rehearsed`,
    priority: "Informational",
    message: `${name}${to} ${verdict}, because of "${alert.rule}" (${response.name})`,
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
