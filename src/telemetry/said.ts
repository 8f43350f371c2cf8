import type { Level } from "./log.ts";

/** A log line. */
export interface Word {
  readonly level: Level;
  readonly sentence: string;
}

/** Why events were dropped: the sensor's counters, and what was left at the end. */
const lossReasons = {
  ringFull: "the ring was full",
  tooLarge: "the event was too large",
  scratchBusy: "an interrupt used the buffer",
  noRing: "the CPU has no ring",
  unread: "the end came before they were read",
} as const;

/** Events dropped since the start, by reason. */
export type Losses = Readonly<Record<Exclude<keyof typeof lossReasons, "unread">, number>> & {
  /** Known at the end. */
  readonly unread?: number;
};

/** Reloads since the start, and those that failed. */
export interface Reloads {
  done: number;
  refused: number;
}

/** Every log line of the program. */
export const said = {
  inOrder: (rules: number): Word =>
    notice(`Configuration and rules are valid: ${count(rules, "rule")} would be active.`),
  watching: (what: string, rules: number): Word => notice(`Watching ${what} with ${count(rules, "rule")}.`),
  loadedAgain: (rules: number): Word => notice(`Reloaded: ${count(rules, "rule")} active from the next event on.`),
  notLoadedAgain: (why: string): Word => error(`Reload failed, keeping the current rules: ${why}`),
  beginsAnew: (sections: readonly string[]): Word =>
    notice(`${sections.join(" and ")} changed: restarting the sensor; the state of the machine is read again.`),
  reloads: ({ done, refused }: Reloads): Word =>
    notice(`Rules were reloaded ${count(done, "time")} and rejected ${count(refused, "time")}.`),
  serving: (url: string): Word => notice(`Serving health and metrics on ${url}.`),
  page: (url: string): Word => notice(`The web page is at ${url}.`),
  firstPage: (url: string): Word =>
    notice(
      `The web page is at ${url}. Its first user is admin; "eyas users renew admin" creates the token to sign in with.`,
    ),
  pageInTheOpen: (url: string): Word =>
    warning(
      `${url} is reachable from other machines without TLS: tokens can be read on the network. Set web_page.certificate to serve HTTPS.`,
    ),
  pageEnded: (why: string): Word => error(`The web page stopped: ${why.replace(/\.$/, "")}; restarting it.`),
  noPage: (why: string): Word => error(`Cannot serve the web page: ${why.replace(/\.$/, "")}.`),
  idleRules: (source: string, rules: number): Word =>
    notice(`${count(rules, "rule")} for ${source} cannot match: the source is not configured under sources.`),
  takingEvents: (source: string, from: string): Word => notice(`Receiving ${source} events from ${from}.`),
  notTakingEvents: (why: string): Word => error(`Cannot receive events of the configured sources: ${why}`),
  feedDown: (source: string, from: string, why: string): Word =>
    warning(`Cannot receive ${source} events from ${from}: ${why}.`),
  notTaken: (source: string, sentence: string): Word => warning(`Events of ${source}: ${sentence}.`),
  feedBack: (source: string, from: string): Word => notice(`Receiving ${source} events from ${from} again.`),
  runtimesFound: (runtimes: readonly string[]): Word =>
    notice(
      runtimes.length === 0
        ? "No container runtime answers: containers are known by their ids only."
        : `Reading container metadata from ${runtimes.join(", ")}.`,
    ),
  runtimeFound: (runtime: string, socket: string): Word => notice(`Connected to ${runtime} at ${socket}.`),
  runtimeLost: (runtime: string, socket: string, why: string): Word =>
    warning(`Cannot connect to ${runtime} at ${socket}: ${why}; retrying.`),
  podsFound: (server: string, pods: number, node: string): Word =>
    notice(
      `Synced ${count(pods, "pod")} of node ${node} from the API server at ${server}.${pods === 0 ? " If the node has another name, set kubernetes.node." : ""}`,
    ),
  noCluster: (): Word =>
    warning("No pod metadata from Kubernetes: there is neither a service account nor kubernetes.kubeconfig."),
  clusterUnknown: (why: string): Word => warning(`No pod metadata from Kubernetes: ${why}.`),
  clusterLost: (why: string): Word => warning(`Cannot watch pods on the API server: ${why}; retrying.`),
  platformLost: (which: string, why: string): Word =>
    warning(`Cannot query ${which}: ${why}. Task metadata comes from the environment of the tasks only.`),
  platformBack: (which: string): Word => notice(`${which} answers again.`),
  cloudFound: (provider: string, place: string): Word =>
    notice(`This machine runs at ${provider}${place === "" ? "" : `, in ${place}`}.`),
  noCloud: (): Word => warning("No cloud metadata service answers."),
  openToOthers: (source: string, from: string): Word =>
    warning(
      `${from} accepts ${source} events from any machine without authentication. Set a token or client_authority, or listen on 127.0.0.1.`,
    ),
  readingFiles: (what: string): Word => warning(`${what}.`),
  openToAll: (where: string): Word =>
    warning(
      `${where} accepts requests from any machine without authentication: neither a token nor a client certificate is required.`,
    ),
  takingAlerts: (url: string): Word => notice(`Receiving alerts of other installations on ${url}.`),
  notTakingAlerts: (why: string): Word => error(`Cannot receive alerts of other installations: ${why}`),
  notServing: (why: string): Word => error(`Cannot serve health and metrics: ${why}`),
  figuresNotWritten: (file: string, why: string): Word => error(`Cannot write metrics to ${file}: ${why}.`),
  answering: (responses: number): Word => notice(`Responding to alerts with ${count(responses, "response rule")}.`),
  answersAnybody: (where: string, actions: readonly string[], mend: string): Word =>
    warning(`Anyone who can reach ${where} can trigger actions (${actions.join(", ")}): ${mend}.`),
  answeringStopped: (why: string): Word => error(`The responder stopped: ${why}; restarting it.`),
  notAnswered: (why: string): Word => error(`Cannot respond to alerts: ${why}; retrying.`),
  answeredAgain: (): Word => notice("Responding to alerts again."),
  responsesPaused: (): Word => warning("Responses are paused; `eyas respond resume` resumes them."),
  responsesResumed: (): Word => notice("Responses are resumed."),
  reopened: (): Word => notice("Reopened output files."),
  journalStopped: (file: string, fault: string, why: string): Word =>
    error(
      `Cannot write alerts to the journal ${file}: ${why}.${fault === "full" ? " They go to standard error until there is space." : ""} Events are still evaluated.`,
    ),
  journalResumed: (missed: number): Word =>
    notice(`The journal accepts alerts again; ${count(missed, "alert")} could not be written.`),
  journalDamaged: (file: string, why: string, aside: string, saved: number, whole: boolean): Word =>
    error(
      `The journal ${file} was damaged (${why}) and was moved to ${aside}; ${count(saved, "alert")} recovered${whole ? "" : ", the rest stays in that file"}.`,
    ),
  undelivered: (output: string, alerts: number): Word => error(`${count(alerts, "alert")} not delivered to ${output}.`),
  deliveredAgain: (output: string): Word => notice(`Delivering to ${output} again.`),
  behind: (output: string, alerts: number): Word =>
    notice(`${output} has a backlog of ${count(alerts, "alert")} from before the start; delivering it first.`),
  lostFor: (output: string, alerts: number, why: string): Word =>
    error(`${count(alerts, "alert")} lost for ${output}: ${why}.`),
  refusedBy: (output: string, why: string): Word =>
    error(`${output} rejects alerts: ${why}. 'eyas outputs dead' lists them.`),
  rejectedBy: (output: string, why: string): Word => error(`${output} rejects alerts: ${why}.`),
  outputEnded: (output: string, why: string): Word => error(`Cannot deliver to ${output} any more: ${why}.`),
  deliveryStopped: (why: string): Word => error(`The dispatcher stopped: ${why}; restarting it.`),
  outputsNotOpened: (why: string): Word => error(`Cannot open outputs: ${why}.`),
  notDelivered: (output: string, why: string): Word => error(`Cannot deliver to ${output}: ${why}; retrying.`),
  heldBack: (output: string, why: string): Word =>
    error(`Cannot deliver to ${output} until this is fixed: ${why.replace(/\.$/, "")}; retrying.`),
  remarkOn: (output: string, sentence: string): Word => warning(`${output}: ${sentence.replace(/\.$/, "")}.`),
  lost: (since: number, losses: Losses): Word =>
    warning(
      `${count(since, "event")} dropped; since the start: ${reasons(losses)}. A larger ring may help (engine.modern_ebpf.buf_size_preset).`,
    ),
  watched: (events: number, seconds: number, alerts: number, losses: Losses | undefined): Word =>
    notice(
      `${count(events, "event")} in ${seconds.toFixed(1)} s, ${count(alerts, "alert")}${losses === undefined ? "" : `, ${lossesInAll(losses)}`}.`,
    ),
  recording: (what: string, file: string, endless: boolean): Word =>
    notice(`Recording ${what} to ${file}${endless ? " until interrupted" : ""}.`),
  recorded: (events: number, losses: Losses | undefined): Word =>
    notice(`${count(events, "event")} written${losses === undefined ? "" : `, ${lossesInAll(losses)}`}.`),
  tornCapture: (file: string, what: string): Word => warning(`${file}: ${what}`),
  noSuchCall: (name: string): Word => warning(`base_syscalls.custom_set: unknown system call ${name}.`),
  unwatchedCalls: (names: readonly string[]): Word =>
    warning(
      `Rules use system calls that are not watched: ${some(names)}. Set base_syscalls.all=true to watch frequent ones too.`,
    ),
} as const;

/** `1 event`, `12,345 events`. */
export function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}

/** The number of dropped events. */
export function totalOf(losses: Losses): number {
  let total = 0;
  for (const reason of reasonNames) total += losses[reason] ?? 0;
  return total;
}

const reasonNames = Object.keys(lossReasons).filter((key): key is keyof Losses => key in lossReasons);

function lossesInAll(losses: Losses): string {
  const total = totalOf(losses);
  return total === 0 ? "none dropped" : `${total.toLocaleString("en")} dropped (${reasons(losses)})`;
}

function reasons(losses: Losses): string {
  const parts = reasonNames
    .map((reason) => [losses[reason] ?? 0, lossReasons[reason]] as const)
    .filter(([events]) => events > 0)
    .map(([events, why]) => `${events.toLocaleString("en")} because ${why}`);
  return parts.join(", ");
}

/** At most so many names in a sentence. */
const SHOWN = 8;

function some(names: readonly string[]): string {
  return names.length > SHOWN
    ? `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`
    : names.join(", ");
}

function notice(sentence: string): Word {
  return { level: "notice", sentence };
}

function warning(sentence: string): Word {
  return { level: "warning", sentence };
}

function error(sentence: string): Word {
  return { level: "error", sentence };
}
