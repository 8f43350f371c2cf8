import type { AgentRequest, AgentResponse, ExceptionRequest, RuleSettingRequest } from "../../api/agent-view.ts";
import { turnSwitch } from "../../journal/switch.ts";
import type { DirectTask } from "../../output/direct/messages.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { journalFile } from "../delivery/journal.ts";
import { userNamedSources } from "../documents/settings.ts";
import { host, type Loaded } from "../load/load.ts";
import type { Observer } from "../metrics/observer.ts";
import { fileOf } from "../resources/isolate.ts";
import { actionHost } from "../responses/response-rules.ts";
import { directDelivery } from "./direct-delivery.ts";
import { changeExceptions, exceptionFiles, exceptionsFile } from "./exceptions.ts";
import { changePageRules } from "./page-rules.ts";

/**
 * Handles requests from the web UI: changes exceptions and rules, returns recent events, pauses and resumes responses, releases
 * suspended targets, and sends test alerts and dead letters to outputs.
 */
export interface PageRequests {
  /**
   * Handles a request after the previous requests, except that deliveries to outputs do not delay other requests. Never
   * rejects.
   */
  request(request: AgentRequest): Promise<AgentResponse>;
  /** Must be called with the outcome of each reload. */
  reloaded(outcome: AgentResponse): void;
}

export interface PageRequestsOptions {
  readonly current: () => Pick<Loaded, "config" | "pageRules" | "resources" | "responses" | "rules">;
  readonly observer: Pick<Observer, "observed">;
  /** Requests a reload. */
  readonly reload: () => void;
  readonly log?: Log;
  /** Maximum time to wait for the outcome of a reload, in milliseconds. */
  readonly reloadTimeout?: number;
}

const RELOAD_TIMEOUT = 30_000;
const TIMED_OUT: AgentResponse = { refused: "The reload of rules timed out." };

const NOT_KEPT = "Recent events are not stored: set web_page.recent_events_size.";

export function openRequests({
  current,
  observer,
  reload,
  log,
  reloadTimeout = RELOAD_TIMEOUT,
}: PageRequestsOptions): PageRequests {
  let last: Promise<unknown> = Promise.resolve();
  const direct = directDelivery(host);
  let loaded: ((outcome: AgentResponse) => void) | undefined;

  async function handle(request: AgentRequest): Promise<AgentResponse> {
    try {
      if (request.kind === "except") return await applyExceptions(request.request);
      if (request.kind === "rule") return await applyRule(request.request);
      if (request.kind === "recent") return await recentEvents(observer);
      if (request.kind === "deliver") return await deliver(request.task);
      if (request.kind === "release") return await releaseSuspended(current(), request.target);
      const change = {
        time: Date.now(),
        paused: request.kind === "pause",
        who: request.user,
        reason: "in the web UI",
      };
      const journal = journalFile(current().config.journal);
      return turnSwitch(journal, change) ? { done: true } : { refused: "The journal does not exist yet." };
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error), ...conflictOf(error) };
    }
  }

  /** Sends a test alert or dead letters to an output. */
  async function deliver(task: DirectTask): Promise<AgentResponse> {
    const delivery = await direct.perform(task, current().config);
    if ("failure" in delivery) return { refused: delivery.failure };
    const isAccepted = "test" in delivery ? delivery.test.outcome === "delivered" : delivery.resent.taken > 0;
    if (isAccepted) observer.observed()?.session.delivery.accepted?.(task.output);
    return { done: true, delivery };
  }

  /** Changes the exceptions and reloads the rules. Undoes the change if the reload fails. */
  async function applyExceptions(request: ExceptionRequest): Promise<AgentResponse> {
    const { config, pageRules } = current();
    const { paths, loading } = loadingNow();
    const change = await changeExceptions(request, paths, config, { ...loading, pageRules });
    const outcome = await reloadWith(change);
    if ("refused" in outcome) return outcome;
    if (change.lost !== undefined) log?.(logLines.exceptionHistoryUnreadable(change.lost));
    return { done: true, file: change.file, ids: change.changed.map(({ id }) => id) };
  }

  /** Changes a rule and reloads the rules. Undoes the change if the reload fails. */
  async function applyRule(request: RuleSettingRequest): Promise<AgentResponse> {
    const { config } = current();
    const { paths, loading } = loadingNow();
    const change = await changePageRules(request, paths, exceptionFiles(config), config, loading);
    const outcome = await reloadWith(change);
    return "refused" in outcome ? outcome : { done: true, file: change.file };
  }

  /** Paths of the active rule files, without the files that the page changes, and the options for loading the rules. */
  function loadingNow() {
    const { config, pageRules, rules, resources } = current();
    const files = resources?.inUse.map(fileOf);
    const own = new Set([exceptionsFile(config), ...[...(files ?? []), ...pageRules].map(({ name }) => name)]);
    return {
      paths: rules.results.map(({ file }) => file).filter((file) => !own.has(file)),
      loading: {
        ...{ sources: userNamedSources(config) },
        ...(files && { resources: files }),
        communityId: config.community_id !== "never",
      },
    };
  }

  /** Reloads the rules after a change to a file. Undoes the change if the reload fails. */
  async function reloadWith(change: { undo(): void }): Promise<AgentResponse> {
    const outcome = await nextReload();
    if ("refused" in outcome) {
      change.undo();
      if (outcome === TIMED_OUT) reload(); // the late reload may include the change
    }
    return outcome;
  }

  async function nextReload(): Promise<AgentResponse> {
    const { promise, resolve } = Promise.withResolvers<AgentResponse>();
    const late = setTimeout(() => resolve(TIMED_OUT), reloadTimeout).unref();
    loaded = resolve;
    reload();
    const outcome = await promise;
    clearTimeout(late);
    loaded = undefined;
    return outcome;
  }

  return {
    request(request) {
      if (request.kind === "deliver") return handle(request); // receivers can be slow
      const response = last.then(() => handle(request));
      last = response;
      return response;
    },
    reloaded: (outcome) => loaded?.(outcome),
  };
}

/** The error code if a change was rejected because the exception or the rule had changed; otherwise empty. */
function conflictOf(error: unknown): { readonly code?: "conflict" | "not_found" } {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "conflict" || code === "not_found" ? { code } : {};
}

/** Releases one or all suspended targets. */
async function releaseSuspended(
  { config, responses }: Pick<Loaded, "config" | "responses">,
  wanted: string,
): Promise<AgentResponse> {
  const { release, suspendedTargets } = await import("../../response/release.ts");
  const file = journalFile(config.journal);
  const { targets: found } = suspendedTargets(file) ?? { targets: [] };
  const chosen = wanted === "all" ? found : found.filter(({ step }) => String(step.id) === wanted);
  if (chosen.length === 0 && wanted !== "all") return { refused: `Suspended target ${wanted} not found.` };
  const settings = { responses: responses?.responses ?? [], shared: config.responses.parameters };
  const failed: string[] = [];
  for (const each of chosen) {
    const step = await release(each, file, actionHost(config, host), settings);
    if (step.state === "failed") failed.push(step.answer ?? "");
  }
  return failed.length === 0 ? { done: true } : { refused: `Not all targets were released: ${failed.join("; ")}` };
}

async function recentEvents(observer: PageRequestsOptions["observer"]): Promise<AgentResponse> {
  const bytes = await observer.observed()?.session.recorder?.recent();
  return bytes === undefined ? { refused: NOT_KEPT } : { done: true, bytes };
}
