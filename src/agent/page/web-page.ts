import { dirname, join } from "node:path";
import type { Granted, Wish } from "../../api/sensor.ts";
import type { FleetSettings } from "../../api/store/elasticsearch/settings.ts";
import type { PageThread } from "../../api/thread.ts";
import type { Config } from "../../config/load.ts";
import { isLoopback } from "../../config/origin.ts";
import { turnSwitch } from "../../journal/switch.ts";
import type { Log } from "../../telemetry/log.ts";
import { said } from "../../telemetry/said.ts";
import type { Component } from "../component.ts";
import { journalFile } from "../delivery/journal.ts";
import { namedSources } from "../documents/settings.ts";
import { Failure } from "../failure.ts";
import { home } from "../home.ts";
import type { Loaded } from "../load/load.ts";
import type { Observer } from "../metrics/observer.ts";
import { appendExceptions, exceptionsFile } from "./exceptions.ts";
import { ruleBook } from "./rule-book.ts";
import { statusMaker } from "./status.ts";

/** Where the page is, and the token of the user that was made for it, where there was none before. */
export type Welcome = (url: string, token: string | undefined) => void;

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
  readonly welcome: Welcome;
}

/** Milliseconds between two states of what runs. */
const STATUS = 2000;
/** Milliseconds before a page that broke down is opened again. */
const RESTART = 3000;
/** Milliseconds that loading rules again may take. */
const PATIENCE = 30_000;

const NOT_KEPT = "The last events are not kept: web_page.recent_events_size says how much memory may be used for that.";

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
 * Opens the page where the configuration wants it, once watching has begun, and beside whatever goes on. A page that can't be opened is told of, and
 * watching goes on.
 */
export function openWebPage(first: Pick<Loaded, "config" | "rules">, options: PageOptions): WebPage {
  const { observer, log } = options;
  const maker = statusMaker(options.hostname);
  let { config, rules } = first;
  let loaded: ((outcome: Granted) => void) | undefined;
  let wishes: Promise<unknown> = Promise.resolve();
  let thread: PageThread | undefined;
  let opening: Promise<void> | undefined;
  let restart: NodeJS.Timeout | undefined;
  const timer = setInterval(state, STATUS).unref();

  async function open(): Promise<void> {
    if (!config.web_page.enabled) return;
    const { startPage } = await import("../../api/thread.ts");
    const before = rules;
    const observed = observer.observed();
    const data = { settings: pageSettings(config), status: maker.now(observed), rules: ruleBook(rules, config) };
    try {
      const opened = await startPage(data, grant, ended);
      options.welcome(opened.url, opened.token);
      const { listen_address: address, certificate } = config.web_page;
      if (certificate === "" && !isLoopback(address)) log(said.pageInTheOpen(opened.url));
      thread = opened;
      if (rules !== before) thread.tell({ kind: "rules", rules: ruleBook(rules, config) });
      state();
    } catch (error) {
      log(said.noPage(error instanceof Error ? error.message : String(error)));
    }
  }

  async function openAnew(): Promise<void> {
    await thread?.close();
    thread = undefined;
    await open();
  }

  /** It broke down, which it should not: others may be in the middle of something, so it comes again. */
  function ended(reason: string): void {
    thread = undefined;
    log(said.pageEnded(reason));
    restart = setTimeout(() => {
      opening = open();
    }, RESTART).unref();
  }

  function state(): void {
    if (thread === undefined) return;
    const observed = observer.observed();
    thread.tell({ kind: "status", status: maker.now(observed), costs: maker.costs(observed) });
  }

  function grant(wish: Wish): Promise<Granted> {
    const granted = wishes.then(() => doWhat(wish));
    wishes = granted;
    return granted;
  }

  /** Never rejects. */
  async function doWhat(wish: Wish): Promise<Granted> {
    try {
      if (wish.kind === "except") return await except(wish.yaml);
      if (wish.kind === "recent") {
        const { recent, live } = observer.observed()?.watched ?? {};
        live?.relieve(); // the copies take a while
        const bytes = recent?.capture();
        return bytes === undefined ? { refused: NOT_KEPT } : { done: true, bytes };
      }
      const change = { time: Date.now(), paused: wish.kind === "pause", who: wish.user, reason: "on the web page" };
      return turnSwitch(journalFile(config.journal), change) ? { done: true } : { refused: "There is no journal yet." };
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  }

  async function except(yaml: string): Promise<Granted> {
    const loading = {
      sources: namedSources(config),
      communityId: config.community_id !== "never",
      pause: () => observer.observed()?.watched.live?.relieve(),
    };
    const own = exceptionsFile(config);
    const others = rules.results.map(({ file }) => file).filter((file) => file !== own);
    const appended = await appendExceptions(yaml, others, config, loading);
    const outcome = await new Promise<Granted>((resolve) => {
      const late = setTimeout(() => resolve({ refused: "The rules were not loaded again in time." }), PATIENCE).unref();
      loaded = (granted) => {
        clearTimeout(late);
        resolve(granted);
      };
      options.reload();
    });
    loaded = undefined;
    if ("refused" in outcome) {
      appended.undo();
      return outcome;
    }
    return { done: true, file: appended.file };
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
      if (same) thread?.tell({ kind: "rules", rules: ruleBook(rules, config) });
      else if (opening !== undefined) {
        clearTimeout(restart);
        opening = opening.then(openAnew); // beside: events don't wait for it
      }
      state();
    },
    reloaded: (outcome) => loaded?.(outcome),
    async close() {
      clearInterval(timer);
      clearTimeout(restart);
      await opening;
      await thread?.close();
    },
  };
}

/** Welcomes at the program's own log: without a token, which nobody should find there. */
export function welcomeInLog(log: Log): Welcome {
  return (url, token) => log(token === undefined ? said.page(url) : said.firstPage(url));
}

/** @throws Failure in place of another error */
export function orFailure<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error && !(error instanceof Failure) ? new Failure(error.message) : error;
  }
}
