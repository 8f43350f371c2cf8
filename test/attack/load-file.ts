import { rmSync, writeFileSync } from "node:fs";
import { loadFiles } from "../../src/agent/load/ready-rules.ts";
import { report } from "../../src/agent/load/report.ts";
import { finish } from "../../src/condition/finish.ts";
import { loadConfig, printDiagnostic } from "../../src/config/load.ts";
import { actions } from "../../src/response/list.ts";
import { readResponses } from "../../src/response/rule/read.ts";
import type { RuleFile } from "../../src/rule/location.ts";
import { buildRuleset } from "../../src/rule/ruleset.ts";
import type { FileKind } from "./bombs.ts";

const settings = { append_output: [], buffer_format_base64: false, static_fields: {} };

/**
 * Loads a file's text as the program does: parses it, compiles it, and generates the code for all event types.
 * @returns the messages of the program
 */
export async function loadText(kind: FileKind, text: string): Promise<string> {
  const file: RuleFile = { name: "attack.yaml", text };
  if (kind === "configuration") return await configuration(text);
  if (kind === "responses") {
    const { results } = await readResponses([file], { actions, environment: {}, strict: false });
    return report(results, [file], new Set([file.name]));
  }
  const { results, rules } = await loadFiles([file], settings, "all");
  if (results.every(({ ok }) => ok)) {
    const { match, wanted } = buildRuleset(rules, "all");
    for (const code of wanted.keys()) finish(match.prepare(code));
  }
  return report(results, [file]);
}

async function configuration(text: string): Promise<string> {
  const file = `/tmp/eyas-attack-${process.pid}-${Math.random().toString(36).slice(2)}.yaml`;
  try {
    writeFileSync(file, text);
    const { diagnostics } = await loadConfig(file, [], {});
    return diagnostics.map(printDiagnostic).join("\n");
  } finally {
    rmSync(file, { force: true });
  }
}
