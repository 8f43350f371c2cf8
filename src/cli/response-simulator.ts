import { fieldsOfResponses } from "../agent/responses/response-rules.ts";
import { limitSettings } from "../agent/responses/responses.ts";
import { loadConfig } from "../config/load.ts";
import { actions } from "../response/list.ts";
import { readResponses } from "../response/rule/read.ts";
import { openSimulation } from "../response/simulation.ts";
import type { Diagnostic } from "../rule/diagnostic.ts";
import type { RuleFile } from "../rule/location.ts";
import type { ResponseSimulator } from "../workbench/test/responses.ts";

/** Loads response rules for tests. Actions are simulated with the default limits. */
export async function loadSimulator(
  files: readonly RuleFile[],
): Promise<{ readonly trial: ResponseSimulator; readonly errors: readonly Diagnostic[] }> {
  const { responses, results } = await readResponses(files, { actions, environment: process.env, strict: false });
  const { config } = await loadConfig(undefined);
  const settings = { ...limitSettings(config, false), maxAge: 0 };
  return {
    trial: {
      names: responses.map(({ name }) => name),
      fields: fieldsOfResponses(responses),
      begin() {
        const simulation = openSimulation(responses, settings, undefined);
        return (alert, now) => simulation.evaluate(alert, now);
      },
    },
    errors: results.flatMap(({ errors }) => errors),
  };
}
