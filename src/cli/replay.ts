import type { Command } from "commander";
import { Failure, openOrFail } from "../agent/failure.ts";
import type { ReadyRules } from "../agent/load/ready-rules.ts";
import type { Alert } from "../alert/alert.ts";
import type { Config } from "../config/load.ts";
import type { OnMatch } from "../engine/engine.ts";
import type { Journal } from "../journal/journal.ts";
import { sourceNames } from "../source/sources.ts";
import { printError } from "../telemetry/print.ts";
import { laysOutAlerts, printLeftOut, readSettings, type SettingsOptions, withSettings } from "./settings.ts";

export interface ReplayOptions extends SettingsOptions {
  readonly source: string;
  readonly journal?: true;
  readonly respond?: string;
  readonly responses?: readonly string[];
}

export function add(program: Command): void {
  withSettings(program.command("replay"))
    .description("evaluate the events of a capture against rules and print the alerts")
    .argument("<file>", "capture (.scap, plain or gzip), or with --source a file of events; -: standard input")
    .option("--source <name>", `event source: ${sourceNames.join(", ")}, or a custom name`, "syscall")
    .option("--journal", "also write the alerts to the journal, as eyas run does")
    .option("--respond <mode>", "dry-run: after each alert, print the actions that would have run")
    .option(
      "--responses <path>",
      "with --respond: response rule file or directory to load instead of the configured ones (repeatable)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .addHelpText(
      "after",
      `
Examples:
  eyas replay attack.scap.gz -r rules/syscall.yaml --json
  eyas replay attack.scap.gz --respond dry-run --responses responses.yaml
`,
    )
    .action(replay);
}

async function openJournal(config: Config): Promise<Journal> {
  const { configuredJournal } = await import("../agent/delivery/journal.ts");
  return configuredJournal(config.journal, ({ level, message }) => printError(`${level}: ${message}\n`));
}

/** Returns the simulation of responses if --respond is set. */
async function simulationFor({ respond, responses }: ReplayOptions, config: Config, host: string) {
  if (respond === undefined) {
    if (responses !== undefined) throw new Failure("--responses requires --respond dry-run.");
    return undefined;
  }
  if (respond !== "dry-run")
    throw new Failure(`Invalid --respond "${respond}": a replay never runs actions; only dry-run is supported.`);
  const { openReplaySimulation } = await import("../agent/responses/replay-simulation.ts");
  return openReplaySimulation(responses, config, host);
}

/** Number of events after which alerts are delivered to the outputs. */
const STRIDE = 256;
/**
 * Number of alerts after which alerts are delivered earlier. An event can match many rules, and alerts that wait longer
 * survive a garbage collection, which is slower than the rest of their delivery. V8 remembers this about the code that
 * created them, so even a few large batches make a replay slower.
 */
const MOST_ALERTS = 256;

/** `eyas replay`: evaluates the events of a capture. */
export async function replay(file: string, options: ReplayOptions): Promise<void> {
  const { config, remarks, rules: paths } = await readSettings(options);
  for (const { level, message: sentence } of remarks) printError(`${level}: ${sentence}\n`);

  const { source: name } = options;
  const { hostname } = await import("node:os");
  const { defaultRulesOf, readyRules } = await import("../agent/load/ready-rules.ts");
  const host = process.env.FALCO_HOSTNAME ?? hostname();
  const simulation = await simulationFor(options, config, host);
  const { useIndicators } = await import("../agent/load/indicators.ts");
  for (const message of await useIndicators(config.indicators)) printError(`warning: ${message}\n`);
  const rules = await readyRules(paths ?? defaultRulesOf([name]), config, config.rule_matching, host, {
    sources: [name],
    communityId: config.community_id === "always",
    ...(simulation && { alsoFields: simulation.fields }),
  });
  printLeftOut(rules);
  const { raise } = rules.of(name);
  let batch: Alert[] = [];
  const onMatch: OnMatch = (rule, event) => {
    const alert = raise(rule, event);
    batch.push(alert, ...(simulation?.alertsFor(alert) ?? []));
  };
  const evaluate =
    name === "syscall"
      ? await ofCapture(file, rules, config, onMatch, () => batch.length < MOST_ALERTS)
      : await ofDocuments(file, name, config, rules, onMatch);
  const delivery = await openDelivery(config, laysOutAlerts(options));
  const journal = options.journal && (await openJournal(config));
  const deliver = async (): Promise<void> => {
    if (batch.length === 0) return;
    const alerts = batch;
    batch = [];
    const kept = await journal?.append(alerts);
    if (kept !== undefined && "fault" in kept) throw new Failure("Cannot write alerts to the journal.");
    await delivery.deliver(alerts);
    if (!delivery.isUnread()) return;
    await journal?.close();
    process.exit(0); // the pipe was closed, for example by `| head`
  };
  try {
    await evaluate(deliver);
    await delivery.finish();
  } finally {
    await journal?.close();
    await delivery.close();
  }
}

/** Delivers the alerts of a replay. The replay waits until all outputs have received the alerts. */
async function openDelivery(config: Config, layout: boolean) {
  const { openOutputs } = await import("../output/outputs.ts");
  const { layoutLine } = await import("../agent/delivery/color.ts");
  const { Dispatcher } = await import("../output/dispatch/dispatcher.ts");
  let failure: Failure | undefined;
  let isUnread = false;
  const dispatcher = new Dispatcher(await openOutputs(config, layout ? layoutLine() : undefined), {
    waitFor: "all",
    report(event) {
      if (event.kind === "ended") isUnread = true;
      else if (event.kind === "lost" || event.kind === "rejected")
        failure ??= new Failure(`Cannot deliver alerts to ${event.output}: ${event.reason}.`);
    },
    ended() {},
  });
  return {
    async deliver(alerts: readonly Alert[]): Promise<void> {
      await dispatcher.add(alerts);
      if (failure !== undefined) throw failure;
    },
    /** Returns whether the pipe at standard output was closed. */
    isUnread: () => isUnread,
    /** Settles when all outputs have received all alerts. */
    async finish(): Promise<void> {
      await dispatcher.close(Number.POSITIVE_INFINITY);
      if (failure !== undefined) throw failure;
    },
    /** Closes the outputs without waiting for deliveries. */
    close: () => dispatcher.close(0),
  };
}

/** A function that evaluates all events, and calls `deliver` when there may be alerts to deliver. */
type Evaluate = (deliver: () => Promise<void>) => Promise<void>;

/** @param hasRoom whether more alerts may be raised before alerts are delivered */
async function ofCapture(
  file: string,
  rules: ReadyRules,
  config: Config,
  onMatch: OnMatch,
  hasRoom: () => boolean,
): Promise<Evaluate> {
  const { ruleset, wantsContainers, wantsWorkloads, wantsHost, wantsNames } = rules;
  const { openCapture } = await import("../source/capture/source.ts");
  const { Machine } = await import("../machine/machine.ts");
  const { Engine } = await import("../engine/engine.ts");
  const source = openOrFail(() => openCapture(file));
  const machine = new Machine({ containers: wantsContainers });
  if (wantsNames) {
    // Since many rules use host names, only this part is loaded: the module for the complete enrichment takes longer to
    // load.
    const { ResolvedNames } = await import("../machine/dns/resolved-names.ts");
    machine.names = new ResolvedNames({}, 0);
  }
  if (wantsWorkloads || wantsHost) {
    const { openContext } = await import("../agent/context/context.ts");
    await openContext(config, rules, { machine, live: false, log: () => {}, arrived: () => {} });
  }
  const engine = new Engine(source, machine, ruleset, (rule, event) => {
    onMatch(rule, event);
    if (!hasRoom()) engine.pause();
  });
  return async (deliver) => {
    try {
      while (engine.drain(STRIDE) > 0) await deliver();
    } finally {
      source.close();
    }
    if (source.warning !== undefined && engine.events === 0) throw new Failure(`${file}: ${source.warning}`);
    if (source.warning !== undefined) printError(`eyas: ${file}: ${source.warning}\n`);
  };
}

async function ofDocuments(
  file: string,
  source: string,
  config: Config,
  rules: ReadyRules,
  onMatch: OnMatch,
): Promise<Evaluate> {
  const { replayDocuments } = await import("../agent/replay-documents.ts");
  return (deliver) => replayDocuments(file, source, config, rules.of(source).ruleset, onMatch, deliver);
}
