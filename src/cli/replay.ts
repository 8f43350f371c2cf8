import type { Command } from "commander";
import type { Alert } from "../alert/alert.ts";
import type { Journal } from "../alert/journal/journal.ts";
import type { Config } from "../config/load.ts";
import type { Delivery, Output } from "../output/output.ts";
import { Failure, openOrFail } from "./failure.ts";
import { readSettings, type SettingsOptions, withSettings } from "./settings.ts";

export interface ReplayOptions extends SettingsOptions {
  readonly source: string;
  readonly journal?: true;
}

export function add(program: Command): void {
  withSettings(program.command("replay"))
    .description("hold the events of a recording against rules and print the alerts")
    .argument("<file>", "a capture: .scap, plain or gzip")
    .option("--source <name>", "what the events are", "syscall")
    .option("--journal", "keep the alerts in the journal too, as eyas run does")
    .addHelpText("after", "\nExample:\n  eyas replay attack.scap.gz -r rules/syscall.yaml --json\n")
    .action(replay);
}

async function openJournal(config: Config): Promise<Journal> {
  const { configuredJournal } = await import("./journal.ts");
  return configuredJournal(config.journal, ({ level, sentence }) => process.stderr.write(`${level}: ${sentence}\n`));
}

/** Events between two looks at what the outputs have to do. */
const STRIDE = 8192;

/** Milliseconds that a receiver elsewhere gets to take a batch, repetitions included. */
const PATIENCE = 60_000;

/** `eyas replay`: judges a recording. */
export async function replay(file: string, options: ReplayOptions): Promise<void> {
  if (options.source !== "syscall")
    throw new Failure(`There is no source "${options.source}" to replay; syscall is one.`);
  const { config, remarks, rules } = await readSettings(options);
  for (const { level, sentence } of remarks) process.stderr.write(`${level}: ${sentence}\n`);

  const { hostname } = await import("node:os");
  const { defaultRules, readyRules } = await import("./rules.ts");
  const host = process.env.FALCO_HOSTNAME ?? hostname();
  const { ruleset, raise, wantsContainers } = await readyRules(
    rules ?? defaultRules,
    config,
    config.rule_matching,
    host,
  );

  const { openCapture } = await import("../source/capture/source.ts");
  const { Machine } = await import("../machine/machine.ts");
  const { Engine } = await import("../engine/engine.ts");
  const { openOutputs } = await import("../output/outputs.ts");
  const source = openOrFail(() => openCapture(file));
  const outputs = await openOutputs(config);
  const journal = options.journal && (await openJournal(config));
  let batch: ReturnType<typeof raise>[] = [];
  const machine = new Machine({ containers: wantsContainers });
  const engine = new Engine(source, machine, ruleset, (rule, event) => batch.push(raise(rule, event)));
  const deliver = async (): Promise<void> => {
    const alerts = batch;
    batch = [];
    const kept = await journal?.keep(alerts);
    if (kept !== undefined && "fault" in kept) throw new Failure("The alerts can't be kept in the journal.");
    for (const output of outputs) {
      const delivery = await handOver(output, alerts);
      if (output.name === "stdout" && delivery.outcome === "refused") {
        await journal?.close();
        process.exit(0); // the reader has enough, as in `| head`
      }
      if (delivery.outcome !== "delivered")
        throw new Failure(`Alerts can't be written to ${output.name}: ${delivery.reason}.`);
    }
  };
  try {
    while (engine.drain(STRIDE) > 0) if (batch.length > 0) await deliver();
  } finally {
    source.close();
    await journal?.close();
    for (const output of outputs) await output.close();
  }
  if (source.warning !== undefined && engine.events === 0) throw new Failure(`${file}: ${source.warning}`);
  if (source.warning !== undefined) process.stderr.write(`eyas: ${file}: ${source.warning}\n`);
}

/** Hands over a batch; where that goes elsewhere, time and again until it is taken or no time is left. */
async function handOver(output: Output, alerts: readonly Alert[]): Promise<Delivery> {
  if (!output.remote) return output.deliver(alerts);
  const { insist, within } = await import("../output/insist.ts");
  const { refused, left, reason = "" } = await insist(output, alerts, within(PATIENCE));
  return refused.length + left.length === 0 ? { outcome: "delivered" } : { outcome: "refused", reason };
}
