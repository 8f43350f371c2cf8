// The worker of a trial: loads files in the same way as the agent.

import { parentPort, workerData } from "node:worker_threads";
import { finish } from "../../condition/finish.ts";
import type { ParsedFiles } from "../../rule/parse-yaml.ts";
import { lowerPriority } from "../../worker/priority.ts";
import { Failure, InvalidRules } from "../failure.ts";
import type { CheckedFiles } from "./load.ts";
import type { TrialAnswer, TrialOrder } from "./trial.ts";

lowerPriority(0); // the main thread, which evaluates events, can have a higher one
parentPort?.postMessage(await answer(workerData as TrialOrder)); // sent by runTrial

async function answer(order: TrialOrder): Promise<TrialAnswer> {
  try {
    if (order.kind === "load") return { valid: await wholeLoad(order) };
    if (order.kind === "rule") {
      const { checkRule } = await import("../page/check-rule.ts");
      await checkRule(order);
    } else {
      const { checkExceptions } = await import("../page/check-exceptions.ts");
      await checkExceptions(order);
    }
    return { valid: { content: "", parsed: new Map(), warnings: [] } };
  } catch (error) {
    if (error instanceof InvalidRules) return { invalid: error.message, errors: error.errors };
    if (error instanceof Failure) return { invalid: error.message };
    const reason = error instanceof Error ? error.message : String(error);
    return { invalid: `Cannot load the configuration or rule files: ${reason}.` };
  }
}

async function wholeLoad({ options, types }: Extract<TrialOrder, { kind: "load" }>): Promise<CheckedFiles> {
  const { load } = await import("./load.ts");
  const parsed: ParsedFiles = new Map();
  const { rules, content } = await load(options, { parsed, isTrial: true });
  for (const code of types) finish(rules.ruleset.match.prepare(code));
  const names = new Set(options.resources?.map(({ name }) => name));
  const warnings = rules.results
    .flatMap((result) => result.warnings)
    .filter(({ file }) => names.has(file))
    .map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return { content, parsed, warnings };
}
