import { dirname, join } from "node:path";
import type { Granted } from "../../api/sensor.ts";
import type { FleetSettings } from "../../api/store/elasticsearch/settings.ts";
import type { PageThread } from "../../api/thread.ts";
import type { Config } from "../../config/load.ts";
import { isLoopback } from "../../source/origin/address.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";
import { home } from "../home.ts";
import type { Loaded } from "../load/load.ts";
import type { Observer } from "../metrics/observer.ts";
import { openRequests } from "./requests.ts";
import { ruleBook } from "./rule-book.ts";
import { statusReporter } from "./status.ts";

/** Where the page is, and the token of the user that was made for it, where there was none before. */
export type PageOpened = (url: string, token: string | undefined) => void;

/** The web page of a run, as long as the configuration wants one. */
export interface WebPage extends Component {
  /** Watching has begun: it may be opened. */
  begin(): void;
  apply(next: Pick<Loaded, "config" | "rules">): void;
  /** A reload has ended, with the reason in one sentence where it failed. */
  reloaded(outcome: Granted): void;
  close(): Promise<void>;
}

export interface PageOptions {
  readonly hostname: string;
  readonly observer: Observer;
  readonly log: Log;
  /** Asks for rules to be loaded again. */
  readonly reload: () => void;
  readonly welcome: PageOpened;
}

/** Milliseconds between two states of what runs. */
const STATUS = 2000;
/** The file of the page's users. */
export function usersFile({ web_page: { users_file: file }, journal }: Config): string {
  return file === "" ? join(dirname(journalFile(journal)), "page-users.json") : file;
}

/** Where a fleet's alerts are read from; nothing where the page is over this machine's journal. */
function fleetOf({ web_page: { store: name, triage_index: triageIndex }, outputs }: Config): {
  readonly fleet?: FleetSettings;
} {
  if (name === "journal") return {};
  const { tlsclient, mutualtlsclient, mutualtlsfilespath } = outputs;
  return {
    fleet: { name, keys: outputs[name], certificates: { tlsclient, mutualtlsclient, mutualtlsfilespath }, triageIndex },
  };
}

/** What the page is made of, beside who watches. */
export function pageSettings(config: Config) {
  const { listen_address, listen_port, certificate, key, hosts } = config.web_page;
  return {
    address: listen_address,
    port: listen_port,
    certificate,
    key,
    hosts,
    users: usersFile(config),
    journal: journalFile(config.journal),
    ...fleetOf(config),
    built: join(home, "ui/built"),
    samples: join(home, "samples"),
  };
}

/**
 * Opens the page where the configuration wants it, once events are evaluated and beside their evaluation. A page that cannot
 * be opened is logged.
 */
export function openWebPage(first: Pick<Loaded, "config" | "rules">, options: PageOptions): WebPage {
  const { observer, log } = options;
  const maker = statusReporter(options.hostname);
  let { config, rules } = first;
  const requests = openRequests({ current: () => ({ config, rules }), observer, reload: options.reload });
  let thread: PageThread | undefined;
  let opening: Promise<void> | undefined;
  const timer = setInterval(state, STATUS).unref();

  async function open(): Promise<void> {
    if (!config.web_page.enabled) return;
    const { startPage } = await import("../../api/thread.ts");
    try {
      thread = await startPage({
        data: () => ({
          settings: pageSettings(config),
          status: maker.now(observer.observed()),
          rules: ruleBook(rules, config),
        }),
        grant: requests.grant,
        opened,
        broke: (reason) => log(logLines.pageStopped(reason)),
      });
      tellRules(); // they may have changed meanwhile
      state();
    } catch (error) {
      log(logLines.pageFailed(error instanceof Error ? error.message : String(error)));
    }
  }

  function opened(url: string, token: string | undefined): void {
    options.welcome(url, token);
    const { listen_address: address, certificate } = config.web_page;
    if (certificate === "" && !isLoopback(address)) log(logLines.pageWithoutTls(url));
  }

  function tellRules(): void {
    thread?.tell({ kind: "rules", rules: ruleBook(rules, config) });
  }

  async function reopen(): Promise<void> {
    await thread?.close();
    thread = undefined;
    await open();
  }

  function state(): void {
    if (thread === undefined) return;
    const observed = observer.observed();
    thread.tell({ kind: "status", status: maker.now(observed), costs: maker.costs(observed) });
  }

  return {
    begin() {
      opening ??= open();
    },
    apply({ config: next, rules: nextRules }) {
      const shown = (one: Config): string => JSON.stringify([one.web_page, fleetOf(one)]);
      const same = shown(next) === shown(config);
      config = next;
      rules = nextRules;
      if (same) tellRules();
      else if (opening !== undefined) {
        opening = opening.then(reopen); // beside: events do not wait for it
      }
      state();
    },
    reloaded: requests.reloaded,
    async close() {
      clearInterval(timer);
      await opening;
      await thread?.close();
    },
  };
}

/** Welcomes at the program's own log: without a token, which nobody should find there. */
export function logPageOpened(log: Log): PageOpened {
  return (url, token) => log(token === undefined ? logLines.pageServed(url) : logLines.pageServedFirst(url));
}

/** @throws Failure in place of another error */
export function orFailure<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error && !(error instanceof Failure) ? new Failure(error.message) : error;
  }
}
