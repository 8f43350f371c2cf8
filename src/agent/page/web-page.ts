import { dirname, join } from "node:path";
import type { InternalEvent } from "../../alert/internal.ts";
import type { AgentResponse } from "../../api/agent-view.ts";
import { OutputHistory } from "../../api/output-history.ts";
import type { PageWorker } from "../../api/page-worker.ts";
import type { FleetSettings } from "../../api/store/elasticsearch/settings.ts";
import type { NewAuditEntry } from "../../api/store/store.ts";
import type { Config } from "../../config/load.ts";
import type { ClusterSettings } from "../../posture/posture.ts";
import { isLoopback } from "../../source/origin/address.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { capturePrefix } from "../captures.ts";
import type { Component } from "../component.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";
import { home } from "../home.ts";
import type { Loaded } from "../load/load.ts";
import type { MemoryPlan } from "../memory/plan.ts";
import type { Observer } from "../metrics/observer.ts";
import { exceptionsFile } from "./exceptions.ts";
import { openExpiry } from "./expiry.ts";
import { pageRulesFile } from "./page-rules.ts";
import { openRequests } from "./requests.ts";
import { ruleBook } from "./rule-book.ts";
import { silenceEvent } from "./silent-machine.ts";
import { statusReporter } from "./status.ts";

/** Called with the URL of the page, and the token of the first user if the user was created. */
export type PageOpened = (url: string, token: string | undefined) => void;

/** The parts of a loaded configuration that the page uses. */
type Shown = Pick<Loaded, "config" | "pageRules" | "resources" | "responses" | "rules">;

/** The web UI. Each reload applies the new configuration to the page. */
export interface WebPage extends Component {
  /** Opens the page. Must be called when the evaluation of events begins. */
  begin(): void;
  apply(next: Shown): void;
  /** Must be called after each reload, with the outcome of the reload. */
  reloaded(outcome: AgentResponse): void;
  close(): Promise<void>;
}

export interface PageOptions {
  readonly hostname: string;
  readonly observer: Observer;
  readonly log: Log;
  /** Buffer and cache sizes that fit within the memory limit. */
  readonly memory?: MemoryPlan | undefined;
  /** Requests a reload. */
  readonly reload: () => void;
  readonly welcome: PageOpened;
  /** Raises an alert about a machine of the fleet. */
  readonly raise: (event: InternalEvent) => void;
}

/** Interval between status reports to the page, in milliseconds. */
const STATUS = 2000;

/** Returns the path of the file with the users of the page. */
export function usersFile({ web_page: { users_file: file }, journal }: Config): string {
  return file === "" ? join(dirname(journalFile(journal)), "page-users.json") : file;
}

/** Settings of the store with the alerts of a fleet; empty if the page shows the journal of this machine. */
function fleetOf({ web_page: { store: name, triage_index: triageIndex }, outputs }: Config): {
  readonly fleet?: FleetSettings;
} {
  if (name === "journal") return {};
  const { tlsclient, mutualtlsclient, mutualtlsfilespath } = outputs;
  return {
    fleet: { name, keys: outputs[name], certificates: { tlsclient, mutualtlsclient, mutualtlsfilespath }, triageIndex },
  };
}

/** Settings with which the page connects to the Kubernetes API server. */
function clusterOf({ kubernetes: { enabled, kubeconfig, context, node, timeout } }: Config): ClusterSettings {
  return { enabled, kubeconfig, context, node, timeout };
}

/** Returns the settings of the page. */
export function pageSettings(config: Config) {
  const { listen_address, listen_port, certificate, key, hosts, public_url, oidc } = config.web_page;
  return {
    address: listen_address,
    port: listen_port,
    certificate,
    key,
    hosts: public_url === "" ? hosts : [...hosts, new URL(public_url).hostname.replace(/\.$/, "")],
    publicOrigin: public_url,
    ...(oidc.issuer !== "" && { openId: { ...oidc, public_url } }),
    users: usersFile(config),
    journal: journalFile(config.journal),
    ...fleetOf(config),
    built: join(home, "ui/built"),
    samples: join(home, "samples"),
    captures: capturePrefix(config),
    exceptions: exceptionsFile(config),
    rules: pageRulesFile(config),
    cluster: clusterOf(config),
  };
}

/**
 * Creates the web UI. If the page is enabled, it opens in the background when `begin` is called. Failures are logged.
 */
export function openWebPage(first: Shown, options: PageOptions): WebPage {
  const { observer, log } = options;
  const maker = statusReporter(options.hostname);
  const history = new OutputHistory(); // survives a restart of the page's worker
  let shown = first;
  const requests = openRequests({
    ...{ observer, reload: options.reload, log },
    current: () => shown,
  });
  const expiry = openExpiry({
    ...{ file: () => exceptionsFile(shown.config), request: requests.request, log },
    audit: (entry) => void Promise.resolve(opening).then(() => writeAuditEntry(entry, thread, shown.config)),
  });
  let hasFailed = false;
  let thread: PageWorker | undefined;
  let opening: Promise<void> | undefined;
  const timer = setInterval(state, STATUS).unref();

  async function open(): Promise<void> {
    hasFailed = false;
    if (!shown.config.web_page.enabled) return;
    const { memory } = options;
    if (memory?.page === false) {
      log(logLines.pageWithoutMemory(memory.neededWithPage, memory.limit));
      return;
    }
    const { startPage } = await import("../../api/page-worker.ts");
    try {
      thread = await startPage({
        data: () => ({
          settings: pageSettings(shown.config),
          status: maker.now(observer.observed()),
          rules: ruleBook(shown.rules, shown.config),
          history: history.all(),
        }),
        handle: requests.request,
        opened(url, token) {
          options.welcome(url, token);
          if (isExposed(shown.config)) log(logLines.pageWithoutTls(url));
        },
        usersUnreadable: (reason) => log(logLines.usersUnreadable(reason)),
        broke: (reason) => log(logLines.pageStopped(reason)),
        silent: (machines) => machines.map(silenceEvent).forEach(options.raise),
        evicted: (connections) => log(logLines.pageConnections(connections)),
      });
      sendRules(); // rules may have changed while the page opened
      state();
    } catch (error) {
      hasFailed = true; // the next reload retries
      log(logLines.pageFailed(error instanceof Error ? error.message : String(error)));
    }
  }

  function sendRules(): void {
    thread?.send({ kind: "rules", rules: ruleBook(shown.rules, shown.config) });
  }

  async function reopen(): Promise<void> {
    await thread?.close();
    thread = undefined;
    await open();
  }

  function state(): void {
    if (thread === undefined) return;
    const observed = observer.observed();
    const status = maker.now(observed);
    history.add(status.outputs, Date.now());
    thread.send({ kind: "status", status, figures: maker.ruleFigures(observed) });
  }

  return {
    begin() {
      opening ??= open();
      expiry.begin();
    },
    apply(next) {
      const settings = ({ config }: Shown): string =>
        JSON.stringify([config.web_page, fleetOf(config), capturePrefix(config), clusterOf(config)]);
      const same = !hasFailed && settings(next) === settings(shown);
      shown = next;
      if (same) sendRules();
      else if (opening !== undefined) {
        opening = opening.then(reopen); // in the background, so that events do not wait
      }
      state();
    },
    reloaded: requests.reloaded,
    async close() {
      clearInterval(timer);
      expiry.close();
      await opening;
      await thread?.close();
    },
  };
}

/** Whether other machines can reach the page without TLS. */
function isExposed({ web_page: { listen_address: address, certificate } }: Config): boolean {
  return certificate === "" && !isLoopback(address);
}

/**
 * Writes an entry of the agent to the audit log. The page writes the entry; if the page is not open or is restarting,
 * the entry is written directly to the journal.
 */
export async function writeAuditEntry(
  entry: NewAuditEntry,
  thread: Pick<PageWorker, "send"> | undefined,
  { journal }: Pick<Config, "journal">,
): Promise<void> {
  if (thread?.send({ kind: "audit", entry }) === true) return;
  const { auditInJournal } = await import("./audit.ts");
  auditInJournal(journalFile(journal), entry);
}

/** Returns a callback that logs the URL of the page, but not the token, since logs must not contain tokens. */
export function logPageOpened(log: Log): PageOpened {
  return (url, token) => log(token === undefined ? logLines.pageServed(url) : logLines.pageServedFirst(url));
}

/** Runs `work` and converts errors to failures. @throws Failure for any error */
export function orFailure<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error && !(error instanceof Failure) ? new Failure(error.message) : error;
  }
}
