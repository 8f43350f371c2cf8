import type { HealthState } from "./health.ts";
import type { Level } from "./log.ts";

/** A part of a rule that can never match because the sensor does not provide an event or a field. */
interface RuleGap {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly rule?: string;
}

/** A log line. */
export interface LogLine {
  readonly level: Level;
  readonly message: string;
}

/** Reasons for dropped events, by counter of the sensor. `unread` applies only at shutdown. */
const lossReasons = {
  ringFull: "the ring buffer was full",
  tooLarge: "the event was too large",
  scratchBusy: "another event on the CPU was still being recorded",
  noRing: "the CPU has no ring buffer",
  overShare: "the process or user had used its share of a half-full ring buffer",
  unread: "the program ended before the events were read",
} as const;

/** Reasons why no capture was recorded for a match. */
const unrecorded = {
  interval: "the rule started a capture less than capture.rule_interval ago",
  busy: "earlier captures are still being written",
  disk: "captures cannot be written",
} as const;

/** Number of events dropped since startup, by reason. */
export type DroppedEvents = Readonly<Record<Exclude<keyof typeof lossReasons, "unread">, number>> & {
  /** Number of events that were not evaluated before shutdown; undefined until then. */
  readonly unread?: number;
};

/** Number of successful and rejected reloads since startup. */
export interface Reloads {
  done: number;
  rejected: number;
}

/** All log lines of the program. */
export const logLines = {
  configurationValid: (rules: number): LogLine =>
    notice(`Configuration and rules are valid: ${count(rules, "rule")} would be active.`),
  watching: (what: string, rules: number): LogLine => notice(`Watching ${what} with ${count(rules, "rule")}.`),
  serviceManagerUnreachable: (path: string, why: string): LogLine =>
    warning(
      `Cannot notify the service manager at ${path}: ${why}. It may terminate this program; check NotifyAccess= and Type=.`,
    ),
  reloaded: (rules: number): LogLine => notice(`Reloaded: ${count(rules, "rule")} active from the next event on.`),
  folderUnwatched: (folder: string, why: string): LogLine =>
    warning(
      `Cannot watch the configuration and rule files in ${folder}: ${why}. Changes are found once a minute; SIGHUP reloads immediately.`,
    ),
  reloadFailed: (why: string): LogLine => error(`Reload failed, keeping the current rules: ${why}`),
  sensorRestarting: (sections: readonly string[]): LogLine =>
    notice(`${sections.join(" and ")} changed: restarting the sensor and reading the state of the machine again.`),
  reloads: ({ done, rejected: refused }: Reloads): LogLine =>
    notice(`Rules were reloaded ${count(done, "time")} and rejected ${count(refused, "time")}.`),
  variableWithoutEffect: (name: string, why: string): LogLine => notice(`${name} has no effect: ${why}.`),
  metricsAbsent: (names: readonly string[]): LogLine =>
    notice(`These Falco metrics are not available (docs/compatibility.md): ${names.join(", ")}.`),
  serving: (url: string): LogLine => notice(`Serving health and metrics on ${url}.`),
  pageServed: (url: string): LogLine =>
    notice(`The web UI is at ${url}. Sign in with a token; "eyas users renew NAME" replaces the token of a user.`),
  pageServedFirst: (url: string): LogLine =>
    notice(
      `The web UI is at ${url}. Its first user is admin; "eyas users renew admin" creates the token to sign in with.`,
    ),
  pageWithoutTls: (url: string): LogLine =>
    warning(
      `${url} is reachable from other machines without TLS: tokens can be read on the network. Set web_page.certificate to serve HTTPS.`,
    ),
  memoryLimited: (needed: number, limit: number, from: string): LogLine =>
    notice(
      `The memory limit is ${megabytes(limit)} (${from}): buffers, caches and heaps are smaller than configured. About ${megabytes(needed)} are needed.`,
    ),
  memoryTooSmall: (needed: number, limit: number): LogLine =>
    warning(
      `The memory limit of ${megabytes(limit)} is too small: under load, the kernel may kill the program. Raise the limit to at least ${megabytes(needed)}.`,
    ),
  uringUnwatched: (why: string): LogLine =>
    warning(
      `Cannot watch io_uring operations: ${why}. Rules for the equivalent system calls do not match these operations.`,
    ),
  systemCallsUnwatched: (why: string): LogLine => warning(`System calls cannot be watched on this machine. ${why}`),
  portableProbe: (why: string): LogLine =>
    notice(`Using the portable probe, because ${why}. It records the same events of system calls and processes.`),
  tracepointsUnwatched: (why: string): LogLine =>
    warning(
      `Cannot watch the events signaldeliver, page_fault and switch: ${why}. Rules for these events do not match.`,
    ),
  ringsReduced: (wanted: number, size: number, cpus: number): LogLine =>
    warning(
      `Each ring buffer has a size of ${bytes(size)} instead of ${bytes(wanted)} (engine.modern_ebpf.buf_size_preset)${cpus === 0 ? "" : `, and serves ${count(cpus, "CPU")}`}: events may be dropped during bursts.`,
    ),
  pageWithoutMemory: (needed: number, limit: number): LogLine =>
    warning(
      `The web UI is disabled: it would raise the memory requirement to ${megabytes(needed)}, but the limit is ${megabytes(limit)}. Raise the limit, or set memory_limit to ${megabytes(needed).replace(" MB", "MiB")} to enable it anyway.`,
    ),
  pageConnections: (closed: number): LogLine =>
    warning(
      `The web UI closed ${count(closed, "connection")} from clients that have not signed in, because too many connections were open.`,
    ),
  pageStopped: (why: string): LogLine => error(`The web UI stopped: ${why.replace(/\.$/, "")}; restarting it.`),
  pageFailed: (why: string): LogLine => error(`Cannot serve the web UI: ${why.replace(/\.$/, "")}.`),
  itemSkipped: (why: string): LogLine => warning(`${why.replace(/[.?]$/, "")}.`),
  moreExceptionsSkipped: (number: number): LogLine =>
    warning(`${count(number, "more item")} of the exceptions file ${number === 1 ? "is" : "are"} skipped.`),
  exceptionExpired: (rule: string, id: string): LogLine =>
    notice(`Exception ${id} of rule ${JSON.stringify(rule)} has expired and was removed from the exceptions file.`),
  exceptionNotRemoved: (rule: string, id: string, why: string): LogLine =>
    error(
      `Exception ${id} of rule ${JSON.stringify(rule)} has expired, but cannot be removed: ${why.replace(/\.$/, "")}; retrying.`,
    ),
  expiryFailed: (file: string, why: string): LogLine =>
    error(`Cannot remove expired exceptions from ${file}: ${why.replace(/\.$/, "")}; retrying.`),
  exceptionHistoryUnreadable: (why: string): LogLine =>
    warning(`Earlier changes to exceptions can no longer be reverted: ${why.replace(/\.$/, "")}.`),
  pageRulesUnreadable: (file: string, why: string): LogLine =>
    error(`Cannot read ${file}: ${why.replace(/\.$/, "")}. Rules and settings from the web UI are not applied.`),
  morePageRulesSkipped: (number: number): LogLine =>
    warning(`${count(number, "more rule")} from the web UI ${number === 1 ? "is" : "are"} skipped.`),
  usersUnreadable: (why: string): LogLine =>
    error(
      `${why.replace(/\.$/, "")}. If this lasts longer than a few seconds, the web UI accepts no tokens or sessions.`,
    ),
  idleRules: (source: string, rules: number): LogLine =>
    notice(`${count(rules, "rule")} for ${source} cannot match: the source is not configured under sources.`),
  receivingEvents: (source: string, from: string): LogLine => notice(`Receiving ${source} events (origin: ${from}).`),
  receivingEventsFailed: (why: string): LogLine => error(`Cannot receive events of the configured sources: ${why}`),
  feedDown: (source: string, from: string, why: string): LogLine =>
    warning(`Cannot receive ${source} events from ${from}: ${why}.`),
  eventsRejected: (source: string, sentence: string): LogLine => warning(`Events of ${source}: ${sentence}.`),
  feedRecovered: (source: string, from: string): LogLine =>
    notice(`Receiving ${source} events again (origin: ${from}).`),
  runtimesFound: (runtimes: readonly string[]): LogLine =>
    notice(
      runtimes.length === 0
        ? "No container runtime found: only container IDs are known; container metadata and events are not available."
        : `Reading container metadata from ${runtimes.join(", ")}.`,
    ),
  containerEventDropped: (): LogLine =>
    warning(
      "Too many containers started or stopped at the same time: an event about the start or end of a container was dropped.",
    ),
  runtimeConnected: (runtime: string, socket: string): LogLine => notice(`Connected to ${runtime} at ${socket}.`),
  runtimeLost: (runtime: string, socket: string, why: string): LogLine =>
    warning(`Cannot connect to ${runtime} at ${socket}: ${why}; retrying.`),
  podsSynced: (server: string, pods: number, node: string): LogLine =>
    notice(
      `Synced ${count(pods, "pod")} on node ${node} from the API server at ${server}.${pods === 0 ? " If the node has another name, set kubernetes.node." : ""}`,
    ),
  noCluster: (): LogLine =>
    warning(
      "Kubernetes pod metadata is not available: no service account was found, and kubernetes.kubeconfig is not set.",
    ),
  clusterUnusable: (why: string): LogLine => warning(`Kubernetes pod metadata is not available: ${why}.`),
  clusterLost: (why: string): LogLine => warning(`Cannot watch pods on the API server: ${why}; retrying.`),
  ruleResourcesSynced: (server: string, resources: number): LogLine =>
    notice(`Synced ${count(resources, "EyasRules resource")} from the API server at ${server}.`),
  ruleResourcesLost: (why: string): LogLine =>
    warning(`Cannot watch EyasRules on the API server: ${why}; retrying. The rules that are loaded stay active.`),
  ruleResourcesUnusable: (why: string): LogLine => error(`Cannot load EyasRules: ${why}.`),
  ruleResourcesNotKept: (file: string, why: string): LogLine =>
    warning(
      `Cannot write ${file}: ${why}. After a restart, the rules in EyasRules are active only once the API server has responded.`,
    ),
  ruleResourceRejected: (name: string, why: string): LogLine =>
    error(`EyasRules ${name} is rejected; its previous version, if any, stays active: ${why}`),
  moreResourcesRejected: (more: number): LogLine =>
    error(`${count(more, "more EyasRules resource")} rejected: see the status of the resources.`),
  reviewing: (url: string): LogLine => notice(`Validating EyasRules for API servers on ${url}.`),
  reviewingAlone: (): LogLine =>
    warning(
      "EyasRules are validated without the other EyasRules of the cluster, and their status is not written: set kubernetes.rules_resources.",
    ),
  reviewingFailed: (why: string): LogLine => error(`Cannot validate EyasRules for API servers: ${why}`),
  statusNotWritten: (why: string): LogLine => warning(`Cannot write the status of EyasRules: ${why}; retrying.`),
  statusWithoutReports: (): LogLine =>
    warning("The status of EyasRules is not written: set kubernetes.namespace to the namespace of the reports."),
  noRuleReports: (): LogLine =>
    warning("Loaded EyasRules are not reported: set kubernetes.namespace to the namespace of the reports."),
  ruleReportsLost: (why: string): LogLine => warning(`Cannot report loaded EyasRules: ${why}; retrying.`),
  rolesLost: (what: string, why: string): LogLine =>
    warning(
      `Cannot watch ${what} on the API server: ${why}; retrying. Audit events that refer to older ${what} are evaluated without them.`,
    ),
  rolesUnusable: (why: string): LogLine => warning(`Cannot read roles and namespaces from the API server: ${why}.`),
  clusterRejects: (server: string): LogLine =>
    warning(
      `The API server at ${server} rejects the credentials (401): the token may have expired. Pod metadata is incomplete until the token is renewed; retrying with backoff.`,
    ),
  clusterAccepts: (server: string): LogLine => notice(`The API server at ${server} accepts the credentials again.`),
  platformLost: (which: string, why: string): LogLine =>
    warning(`Cannot query ${which}: ${why}. Task metadata is read only from the environment of the tasks.`),
  indicatorsRead: (name: string, file: string, size: number): LogLine =>
    notice(`The indicator list ${name} changed: ${count(size, "indicator")} from ${file}.`),
  executablesNotExamined: (needed: number): LogLine =>
    notice(
      `Executables are not hashed or compared with packages: this requires a memory limit of at least ${megabytes(needed)}.`,
    ),
  filesNotWatched: (needed: number): LogLine =>
    notice(
      `Files are not watched for changes (file_integrity): this requires a memory limit of at least ${megabytes(needed)}.`,
    ),
  filesOfMachine: (root: string): LogLine =>
    notice(
      `File integrity monitoring is inactive: HOST_ROOT is ${root}, and file_integrity.paths and removals are empty. See docs/file-integrity.md.`,
    ),
  identityFault: (message: string): LogLine => warning(message),
  platformRecovered: (which: string): LogLine => notice(`Connected to ${which} again.`),
  cloudDetected: (provider: string, place: string): LogLine =>
    notice(`This machine runs on ${provider}${place === "" ? "" : `, in ${place}`}.`),
  noCloud: (): LogLine => warning("No cloud metadata service found."),
  sourceUnauthenticated: (source: string, from: string): LogLine =>
    warning(
      `${from} accepts ${source} events from any machine without authentication. Set a token or client_authority, or listen on 127.0.0.1.`,
    ),
  fileChangeable: (reason: string): LogLine =>
    warning(`${reason}. Until this is fixed, other users can change the behavior of Eyas.`),
  sourceNote: (what: string): LogLine => notice(`${what}.`),
  filesWarning: (what: string): LogLine => warning(`${what}.`),
  intakeUnauthenticated: (where: string): LogLine =>
    warning(
      `${where} accepts requests from any machine without authentication: neither a token nor a client certificate is required.`,
    ),
  firstToken: (where: string, file: string, keys: string): LogLine =>
    notice(
      `${where} requires the token in ${file}, because this machine has other users. Send it as "Authorization: Bearer TOKEN", set ${keys}.token, or set ${keys}.require_token to never.`,
    ),
  receivingAlerts: (url: string): LogLine => notice(`Receiving alerts from other installations on ${url}.`),
  receivingAlertsFailed: (why: string): LogLine => error(`Cannot receive alerts from other installations: ${why}`),
  topNotServed: (path: string, why: string, isExpected: boolean): LogLine => ({
    level: isExpected ? "debug" : "notice",
    message: `Cannot serve eyas top on ${path}: ${why}.`,
  }),
  servingFailed: (why: string): LogLine => error(`Cannot serve health and metrics: ${why}`),
  metricsNotWritten: (file: string, why: string): LogLine => error(`Cannot write metrics to ${file}: ${why}.`),
  responding: (responses: number): LogLine => notice(`Responding to alerts with ${count(responses, "response rule")}.`),
  actionsUnauthenticated: (where: string, actions: readonly string[], hint: string): LogLine =>
    warning(`Anyone who can reach ${where} can trigger actions (${actions.join(", ")}): ${hint}.`),
  responderStopped: (why: string): LogLine => error(`The responder stopped: ${why}; restarting it.`),
  respondingFailed: (why: string): LogLine => error(`Cannot respond to alerts: ${why}; retrying.`),
  respondingRecovered: (): LogLine => notice("Responding to alerts again."),
  clusterNotNotified: (why: string): LogLine => error(`Cannot create Events about responses in the cluster: ${why}.`),
  clusterNotified: (): LogLine => notice("Resumed creating Kubernetes Events about responses."),
  responsesPaused: (): LogLine => warning("Responses are paused; `eyas respond resume` resumes them."),
  responsesResumed: (): LogLine => notice("Responses are resumed."),
  filesReopened: (): LogLine => notice("Reopened output files."),
  successorStarting: (): LogLine => notice("Starting a new process to replace this one."),
  successorFailed: (reason: string): LogLine =>
    error(`Cannot start a new process to replace this one: ${reason}. This process continues.`),
  predecessorEnded: (): LogLine =>
    warning("The replaced process ended early; alerts of its last events may be missing or raised twice."),
  journalStopped: (file: string, fault: string, why: string): LogLine =>
    error(
      `Cannot write alerts to the journal ${file}: ${why}.${fault === "full" ? ` Alerts are kept in memory and, if possible, in ${file}.reserve, and written to standard error until space is available.` : ""} Events are still evaluated.`,
    ),
  journalBypassed: (waiting: number): LogLine =>
    error(
      `The journal is not responding. Alerts waiting for it: ${waiting}. Subsequent alerts are delivered without being stored.`,
    ),
  journalUsedAgain: (bypassed: number): LogLine =>
    notice(`The journal is responding again. Alerts delivered without being stored since startup: ${bypassed}.`),
  journalResumed: (late: number, missed: number): LogLine =>
    notice(
      `The journal accepts alerts again; alerts written late: ${late}, alerts that could not be written: ${missed}.`,
    ),
  journalOverflow: (file: string): LogLine =>
    error(
      `Too many alerts in memory are waiting for the journal ${file}: subsequent alerts of rules that match frequently are delivered only to outputs.`,
    ),
  journalLeft: (lost: number, reserved: number, file: string): LogLine => {
    const text = `Cannot write the waiting alerts to the journal ${file}: ${count(lost, "alert")} lost.`;
    return reserved === 0
      ? error(text)
      : error(`${text} ${count(reserved, "alert")} in ${file}.reserve will be written at the next start.`);
  },
  journalRestored: (alerts: number, unreadable: number, file: string): LogLine => {
    const text = `Writing ${count(alerts, "alert")} from ${file}.reserve, which the previous process could not write to the journal.`;
    return unreadable === 0 ? notice(text) : error(`${text} ${count(unreadable, "alert")} could not be read.`);
  },
  journalRejecting: (file: string): LogLine =>
    warning(
      `The journal ${file} rejects alerts of large groups: a long-running reader of the file prevents the journal from freeing space (max_size). These alerts are delivered from memory.`,
    ),
  journalAccepting: (refused: number): LogLine =>
    notice(`The journal accepts all alerts again; ${count(refused, "alert")} of large groups could not be stored.`),
  journalReplaced: (file: string, why: string, aside: string | undefined, isCopy: boolean): LogLine =>
    error(
      `The journal ${file} was replaced by a new file: ${why}.${isCopy ? " All alerts were copied to it." : aside === undefined ? "" : " Readable alerts are recovered."}${aside === undefined ? "" : ` The previous file is ${aside}.`}`,
    ),
  journalRecovered: (saved: number, lost: number, aside: string | undefined): LogLine =>
    notice(
      `${count(saved, "alert")} recovered${aside === undefined ? "" : ` from ${aside}`}; ${count(lost, "alert")} could not be read (damaged).`,
    ),
  alertsDamaged: (alerts: number): LogLine =>
    error(`${count(alerts, "alert")} in the journal could not be read (damaged).`),
  endedWithoutStop: (time: string): LogLine =>
    warning(`Eyas was not shut down cleanly${time === "" ? "" : `; it ended at ${time} or up to 15 seconds later`}.`),
  clockJumped: (ahead: number, atStart: boolean): LogLine =>
    atStart
      ? notice(
          `The system clock is ${count(Math.round(ahead / 60_000), "minute")} ahead of the last write to the journal; for one hour, alerts expire based on the time of that write.`,
        )
      : error(
          `The system clock jumped ${count(Math.round(ahead / 60_000), "minute")} ahead; for one hour, alerts expire based on the time before the jump.`,
        ),
  clockTrusted: (wentBack: boolean): LogLine =>
    notice(
      wentBack
        ? "The system clock was set back; alerts expire based on the system clock again."
        : "The system clock has not jumped for one hour; alerts expire based on the system clock again.",
    ),
  alertsUndelivered: (output: string, alerts: number): LogLine =>
    error(`${count(alerts, "alert")} not delivered to ${output}.`),
  foldingStrict: (): LogLine =>
    warning(
      "Alerts arrive faster than the journal stores them; repeated alerts are combined into one alert with a count.",
    ),
  foldingAsConfigured: (): LogLine => notice("The journal has caught up; alert_folding applies as configured."),
  deliveryRecovered: (output: string): LogLine => notice(`Delivering to ${output} again.`),
  backlog: (output: string, alerts: number): LogLine =>
    notice(`${output} has a backlog of ${count(alerts, "alert")} from before startup; delivering the backlog first.`),
  alertsLost: (output: string, alerts: number, why: string): LogLine =>
    error(`${count(alerts, "alert")} lost for ${output}: ${why}.`),
  alertsDeadLettered: (output: string, why: string): LogLine =>
    error(`${output} rejects alerts: ${why}. 'eyas outputs dead' lists them.`),
  alertsRejected: (output: string, why: string): LogLine => error(`${output} rejects alerts: ${why}.`),
  outputEnded: (output: string, why: string): LogLine => error(`Delivery to ${output} has stopped: ${why}.`),
  outputsEnded: (): LogLine =>
    error("No output accepts alerts; events are still evaluated, and alerts are stored in the journal."),
  dispatcherStopped: (why: string): LogLine => error(`The dispatcher stopped: ${why}; restarting it.`),
  outputsNotOpened: (why: string): LogLine => error(`Cannot open outputs: ${why}.`),
  machineStateFailed: (output: string, why: string): LogLine =>
    warning(`Cannot write the state of this machine to ${output}: ${why.replace(/\.$/, "")}; retrying.`),
  deliveryFailing: (output: string, why: string): LogLine => error(`Cannot deliver to ${output}: ${why}; retrying.`),
  outputSlow: (output: string, milliseconds: number): LogLine =>
    warning(`${output} has not accepted alerts for ${milliseconds} ms (output_timeout); still waiting.`),
  deliveryBlocked: (output: string, why: string): LogLine =>
    error(`Cannot deliver to ${output} until the cause is fixed: ${why.replace(/\.$/, "")}; retrying.`),
  outputWarning: (output: string, sentence: string): LogLine => warning(`${output}: ${sentence.replace(/\.$/, "")}.`),
  clockSet: (by: number): LogLine =>
    warning(
      `The clock of this machine was set ${by < 0 ? "back" : "forward"} by ${Math.abs(by).toFixed(1)} s; events use the new time.`,
    ),
  healthChanged: (component: string, state: HealthState, reason: string): LogLine =>
    state === "ok"
      ? notice(`Health: ${component} is ok again.`)
      : state === "degraded"
        ? warning(`Health: ${component} is degraded: ${reason}.`)
        : error(`Health: ${component} has failed: ${reason}.`),
  eventsDropped: (since: number, losses: DroppedEvents): LogLine =>
    warning(
      `${count(since, "event")} dropped; since startup: ${reasons(losses)}. If ring buffers were full or half full, increase engine.modern_ebpf.buf_size_preset.`,
    ),
  endedByDrops: (reason: string): LogLine => ({ level: "critical", message: `${reason} Exiting.` }),
  summary: (events: number, seconds: number, alerts: number, losses: DroppedEvents | undefined): LogLine =>
    notice(
      `${count(events, "event")} in ${seconds.toFixed(1)} s, ${count(alerts, "alert")}${losses === undefined ? "" : `, ${lossesInAll(losses)}`}.`,
    ),
  recording: (what: string, file: string, endless: boolean): LogLine =>
    notice(`Recording ${what} to ${file}${endless ? " until interrupted" : ""}.`),
  recordingFinished: (events: number, losses: DroppedEvents | undefined): LogLine =>
    notice(`${count(events, "event")} written${losses === undefined ? "" : `, ${lossesInAll(losses)}`}.`),
  recordingAlerts: (mode: "rules" | "all_rules", folder: string): LogLine =>
    notice(
      `Recording the events around alerts for ${mode === "rules" ? "rules with capture: true" : "all rules"} to ${folder}.`,
    ),
  capturesUnused: (why: string): LogLine => warning(`capture.enabled has no effect: ${why}.`),
  captureWritten: (file: string, events: number, before: number, matches: number, end: string): LogLine =>
    notice(
      `Wrote ${file}: ${count(events, "event")} from ${before.toFixed(1)} s before ${matches === 1 ? "the match" : `the first of ${matches.toLocaleString("en")} matches`}; stop reason: ${end}.`,
    ),
  captureFailed: (file: string, why: string): LogLine => error(`Cannot write the capture ${file}: ${why}`),
  matchesUnrecorded: (matches: number, rule: string, why: keyof typeof unrecorded): LogLine =>
    warning(
      `${matches === 1 ? "A match was" : `${matches.toLocaleString("en")} matches were`} not recorded, most recently for "${rule}": ${unrecorded[why]}.`,
    ),
  captureDamaged: (file: string, what: string): LogLine => warning(`${file}: ${what}`),
  syscallUnknown: (name: string): LogLine => warning(`base_syscalls.custom_set: unknown system call ${name}.`),
  syscallsUnwatched: (names: readonly string[]): LogLine =>
    warning(
      `Rules use system calls that are not watched: ${some(names)}. Set base_syscalls.all=true to also watch frequent system calls.`,
    ),
  ruleGap: ({ file, line, column, message, rule = "" }: RuleGap): LogLine =>
    warning(`${file}:${line}:${column}: ${message} (rule "${rule}").`),
  moreRuleGaps: (more: number): LogLine =>
    warning(
      `${count(more, "more warning")} about events that a live sensor never creates: \`eyas check\` prints them.`,
    ),
  watchedObjectsLeft: (left: number): LogLine =>
    warning(
      `Rules watch too many files: the sensor's table does not contain ${left.toLocaleString("en")} of the files and directories. The sensor recognizes these only by name, and does not recognize directories beyond the first 1000.`,
    ),
} as const;

/** Formats a count with its noun: `1 event`, `12,345 events`. */
export function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}

/** Total number of dropped events. */
export function totalDropped(losses: DroppedEvents): number {
  let total = 0;
  for (const reason of reasonNames) total += losses[reason] ?? 0;
  return total;
}

const reasonNames = Object.keys(lossReasons).filter((key): key is keyof DroppedEvents => key in lossReasons);

function lossesInAll(losses: DroppedEvents): string {
  const total = totalDropped(losses);
  return total === 0 ? "none dropped" : `${total.toLocaleString("en")} dropped (${reasons(losses)})`;
}

function reasons(losses: DroppedEvents): string {
  const parts = reasonNames
    .map((reason) => [losses[reason] ?? 0, lossReasons[reason]] as const)
    .filter(([events]) => events > 0)
    .map(([events, why]) => `${events.toLocaleString("en")} because ${why}`);
  return parts.join(", ");
}

/** Formats a number of bytes as `150 MB`. 1 MB is 2^20 bytes here, as in memory limits. */
function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}

/** Formats a number of bytes as `8 MiB` or `256 KiB`. */
function bytes(size: number): string {
  return size >= 2 ** 20 ? `${size / 2 ** 20} MiB` : `${size / 2 ** 10} KiB`;
}

/** Maximum number of names to list in a log line. */
const SHOWN = 8;

function some(names: readonly string[]): string {
  return names.length > SHOWN
    ? `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`
    : names.join(", ");
}

function notice(message: string): LogLine {
  return { level: "notice", message };
}

function warning(message: string): LogLine {
  return { level: "warning", message };
}

function error(message: string): LogLine {
  return { level: "error", message };
}
