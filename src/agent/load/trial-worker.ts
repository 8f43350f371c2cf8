// The worker of a trial: loads files as the agent does.
import { parentPort, workerData } from "node:worker_threads";
import type { ParsedFiles } from "../../rule/parse-yaml.ts";
import { Failure } from "../failure.ts";
import type { CheckedFiles } from "./load.ts";
import type { TrialAnswer, TrialOrder } from "./trial.ts";

parentPort?.postMessage(await answer(workerData as TrialOrder)); // sent by runTrial

async function answer(order: TrialOrder): Promise<TrialAnswer> {
  try {
    return { valid: order.kind === "load" ? await wholeLoad(order) : await exceptions(order) };
  } catch (error) {
    if (error instanceof Failure) return { invalid: error.message };
    const reason = error instanceof Error ? error.message : String(error);
    return { invalid: `Cannot load the files: ${reason}.` };
  }
}

async function wholeLoad({ options, types }: Extract<TrialOrder, { kind: "load" }>): Promise<CheckedFiles> {
  const { load } = await import("./load.ts");
  const parsed: ParsedFiles = new Map();
  const { rules, content } = await load(options, { parsed });
  for (const code of types) rules.ruleset.match.prepare(code);
  return { content, parsed };
}

async function exceptions({
  yaml,
  file,
  paths,
  settings,
  options,
}: Extract<TrialOrder, { kind: "exceptions" }>): Promise<CheckedFiles> {
  const { checkForm } = await import("../page/exceptions.ts");
  const { loadFiles } = await import("./ready-rules.ts");
  const { readRuleFiles } = await import("./rule-files.ts");
  await checkForm(yaml);
  const { files, unreadable } = readRuleFiles(paths);
  const [failed] = unreadable;
  if (failed !== undefined) throw new Failure(`${failed.file}: ${failed.message}.`);
  const { results } = await loadFiles([...files, file], settings, "all", options);
  const mistake = results.flatMap(({ errors }) => errors)[0];
  if (mistake !== undefined) throw new Failure(`${mistake.message}.`);
  return { content: "", parsed: new Map() };
}
