import { Failure } from "../agent/failure.ts";
import { alertOptions } from "../agent/load/ready-rules.ts";
import { loadValidResponses } from "../agent/responses/response-rules.ts";
import { limitSettings } from "../agent/responses/responses.ts";
import type { Alert } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { type InternalEvent, internalAlert } from "../alert/internal.ts";
import type { Config } from "../config/load.ts";
import { responseAlert } from "../response/alert.ts";
import { REPORT } from "../response/responder/events.ts";
import { openSimulation, type SimulatedStep } from "../response/simulation.ts";

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
  const { responses, fields } = await loadValidResponses(wanted, config, false);
  const rehearsal = openSimulation(responses, limitSettings(config, true), undefined);
  const options = alertOptions(config, hostname);
  let seq = 0;
  return {
    fields,
    answer(alert) {
      const answered = responseAlert({ ...entryOf(alert), seq: ++seq, id: "" });
      const steps = rehearsal.evaluate(answered, Number(alert.time / 1_000_000n));
      return steps.map((step) => internalAlert(eventOf(step, alert), alert.time, options));
    },
  };
}

function eventOf({ response, action, target, suppressed }: SimulatedStep, alert: Alert): InternalEvent {
  const { name } = action.action;
  const to = target === undefined ? "" : ` to ${target}`;
  const verdict =
    suppressed === undefined
      ? "would have been done"
      : `would have been skipped (${suppressed.why}: ${suppressed.reason})`;
  return {
    rule: `${REPORT} rehearsed`,
    priority: "Informational",
    message: `${name}${to} ${verdict}, because of "${alert.rule}" (${response.name})`,
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
