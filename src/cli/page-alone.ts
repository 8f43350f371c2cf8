import { existsSync } from "node:fs";
import { userNamedSources } from "../agent/documents/settings.ts";
import { Failure } from "../agent/failure.ts";
import { host } from "../agent/load/load.ts";
import { loadableFiles } from "../agent/load/loadable-files.ts";
import { alertOptions, defaultRulesOf, readyRules } from "../agent/load/ready-rules.ts";
import { exceptionFiles } from "../agent/page/exceptions.ts";
import { pageRules } from "../agent/page/page-rules.ts";
import { type DirectAlerts, directAlerts } from "../agent/page/raise-directly.ts";
import { ruleBook } from "../agent/page/rule-book.ts";
import { silenceEvent } from "../agent/page/silent-machine.ts";
import { statusReporter } from "../agent/page/status.ts";
import { pageSettings } from "../agent/page/web-page.ts";
import { listenToSignals } from "../agent/signals.ts";
import type { AgentView } from "../api/agent-view.ts";
import { openPage } from "../api/open.ts";
import type { Config } from "../config/load.ts";
import { knownSources } from "../field/sources.ts";
import { openOutputs, outputSettings } from "../output/outputs.ts";
import { printError } from "../telemetry/print.ts";
import type { PageOptions } from "./page.ts";
import { readSettings } from "./settings.ts";

const NOT_WATCHING = "eyas page only serves a journal and does not watch a machine.";

/** `eyas page`: serves the web UI until a signal stops it. */
export async function servePageAlone(options: PageOptions): Promise<void> {
  const { config: configured, rules: paths } = await readSettings({
    ...(options.config !== undefined && { config: options.config }),
    option: [
      ...(options.option ?? []),
      ...(options.journal === undefined ? [] : [`journal.path=${options.journal}`]),
      ...listening(options.listen),
    ],
  });
  const settings = pageSettings(configured);
  if (settings.fleet === undefined && !existsSync(settings.journal))
    throw new Failure(`No journal at ${settings.journal}. eyas run creates one.`);
  const sources = userNamedSources(configured);
  const page = await pageRules(configured);
  const config = { ...configured, rules: [...configured.rules, ...page.selections] };
  const files = paths ?? defaultRulesOf([...knownSources, ...sources]);
  const { result: ready } = await loadableFiles(page.files, (own) =>
    readyRules(files, config, config.rule_matching, host, {
      ...{ sources, pageRules: own, last: exceptionFiles(config) },
      lacksPageRules: page.problem !== undefined || own.length < page.files.length,
    }),
  );
  const book = ruleBook(ready, config);
  const maker = statusReporter(host);
  const alerts = settings.fleet && (await open(() => alertsTo(config)));
  const sensor: AgentView = {
    status: () => ({ ...maker.now(undefined), rules: { loaded: book.rules.length, warnings: 0 } }),
    rules: () => book,
    ruleFigures: () => new Map(),
    outputHistory: () => [],
    request: async () => ({ refused: NOT_WATCHING }),
    ...(alerts && { reportSilent: (machines) => alerts.raise(machines.map(silenceEvent)) }),
  };
  const served = await open(() => openPage(settings, sensor));
  const { url, token } = served;
  printError(`Web UI: ${url}${token === undefined ? "" : `/#token=${token}`}\n`);
  const signals = listenToSignals();
  while (!signals.stop) await signals.changed();
  signals.close();
  await served.close();
  await alerts?.close();
}

/** Sends alerts about silent machines to the enabled outputs. */
async function alertsTo(config: Config): Promise<DirectAlerts> {
  const outputs = await openOutputs(outputSettings(config));
  return directAlerts(outputs, alertOptions(config, host), (line) => printError(`${line}\n`));
}

async function open<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error && !(error instanceof Failure) ? new Failure(error.message) : error;
  }
}

function listening(listen: string | undefined): string[] {
  if (listen === undefined) return [];
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen);
  if (found === null) throw new Failure(`Invalid --listen "${listen}": expected ADDRESS:PORT, such as 127.0.0.1:8766.`);
  return [`web_page.listen_address=${found[1] ?? found[2]}`, `web_page.listen_port=${found[3]}`];
}
