import type { Command } from "commander";
import { Failure } from "./failure.ts";

interface ReplayOptions {
  readonly config?: string;
  readonly rules?: readonly string[];
  readonly option?: readonly string[];
  readonly match?: string;
  readonly json?: true;
  readonly source: string;
}

export function add(program: Command): void {
  const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
  program
    .command("replay")
    .description("Hold the events of a recording against rules and print the alerts.")
    .argument("<file>", "a capture: .scap, plain or gzip")
    .option("-c, --config <file>", "a configuration file, as `run` takes it")
    .option("-r, --rules <path>", "a rule file or folder in place of the default rules (repeat for more)", collect)
    .option("-o, --option <key=value>", "set a key of the configuration (repeat for more)", collect)
    .option("--match <mode>", "per event, the first rule that matches or all of them: first, all")
    .option("--json", "alerts as JSON, one object a line")
    .option("--source <name>", "what the events are", "syscall")
    .addHelpText("after", "\nExample:\n  eyas replay attack.scap.gz -r rules/syscall.yaml --json")
    .action(replay);
}

/** Events between two looks at what the outputs have to do. */
const STRIDE = 8192;

async function replay(file: string, options: ReplayOptions): Promise<void> {
  if (options.source !== "syscall")
    throw new Failure(`There is no source "${options.source}" to replay; syscall is one.`);
  const { loadConfig, printDiagnostic } = await import("../config/load.ts");
  const { config, diagnostics } = await loadConfig(options.config, options.option);
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity !== "note") process.stderr.write(`${printDiagnostic(diagnostic)}\n`);
  }
  if (diagnostics.some(({ severity }) => severity === "error")) throw new Failure("The configuration can't be used.");
  const match = options.match ?? config.rule_matching;
  if (match !== "first" && match !== "all") throw new Failure(`--match takes first or all, not "${match}".`);

  const { hostname } = await import("node:os");
  const { defaultRules, readyRules } = await import("./rules.ts");
  const paths = options.rules ?? config.rules_files ?? defaultRules;
  const { ruleset, raise } = await readyRules(paths, config, match, process.env.FALCO_HOSTNAME ?? hostname());

  const { openCapture } = await import("../source/capture/source.ts");
  const { Machine } = await import("../machine/machine.ts");
  const { Engine } = await import("../engine/engine.ts");
  const { openOutputs } = await import("../output/outputs.ts");
  const source = openSource(() => openCapture(file));
  const outputs = openOutputs({ ...config, json_output: options.json ?? config.json_output });
  let batch: ReturnType<typeof raise>[] = [];
  const engine = new Engine(source, new Machine(), ruleset, (rule, event) => batch.push(raise(rule, event)));
  const deliver = async (): Promise<void> => {
    const alerts = batch;
    batch = [];
    for (const output of outputs) {
      const delivery = await output.deliver(alerts);
      if (delivery.outcome !== "delivered")
        throw new Failure(`Alerts can't be written to ${output.name}: ${delivery.reason}.`);
    }
  };
  try {
    while (engine.drain(STRIDE) > 0) if (batch.length > 0) await deliver();
  } finally {
    source.close();
    for (const output of outputs) await output.close();
  }
  if (source.warning !== undefined) process.stderr.write(`eyas: ${file}: ${source.warning}\n`);
}

function openSource<Source>(open: () => Source): Source {
  try {
    return open();
  } catch (error) {
    throw error instanceof Error ? new Failure(error.message) : error;
  }
}
