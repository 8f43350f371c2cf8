import type { Level } from "./log.ts";

/** One thing that the program says of itself. */
export interface Word {
  readonly level: Level;
  readonly sentence: string;
}

/** Why events did not arrive; the keys are those of the sensor's counters. */
const lossReasons = {
  ringFull: "the ring was full",
  tooLarge: "it was too large",
  scratchBusy: "an interrupt came between",
  noRing: "its CPU has no ring",
} as const;

/** Events that did not arrive since the beginning, by reason. */
export type Losses = Readonly<Record<keyof typeof lossReasons, number>>;

/** How often configuration and rules were loaded again since the beginning, and how often the old ones had to stay. */
export interface Reloads {
  done: number;
  refused: number;
}

/** Everything that the program says of itself while it runs. */
export const said = {
  inOrder: (rules: number): Word => notice(`Everything is in order: ${count(rules, "rule")} would be watched for.`),
  watching: (what: string, rules: number): Word => notice(`Watching ${what} with ${count(rules, "rule")}.`),
  loadedAgain: (rules: number): Word =>
    notice(`Loaded again: ${count(rules, "rule")} in force from the next event on.`),
  notLoadedAgain: (why: string): Word => error(`Nothing was loaded again, the old rules go on: ${why}`),
  beginsAnew: (sections: readonly string[]): Word =>
    notice(`${sections.join(" and ")} changed: watching begins anew, and so does what is known of the machine.`),
  reloads: ({ done, refused }: Reloads): Word =>
    notice(`Rules were loaded again ${count(done, "time")}, and refused ${count(refused, "time")}.`),
  serving: (url: string): Word => notice(`Serving on ${url}.`),
  page: (url: string): Word => notice(`The web page is at ${url}.`),
  firstPage: (url: string): Word =>
    notice(
      `The web page is at ${url}. Its first user is admin; "eyas users renew admin" makes the token to sign in with.`,
    ),
  pageInTheOpen: (url: string): Word =>
    warning(
      `${url} is open to other machines without TLS: whoever is between can read tokens along. web_page.certificate makes it HTTPS.`,
    ),
  pageEnded: (why: string): Word => error(`The web page broke down, and is opened again: ${why.replace(/\.$/, "")}.`),
  noPage: (why: string): Word => error(`There is no web page: ${why.replace(/\.$/, "")}.`),
  idleRules: (source: string, rules: number): Word =>
    notice(`${count(rules, "rule")} for ${source} will see no events: nothing in sources says where they come from.`),
  takingEvents: (source: string, from: string): Word => notice(`Taking ${source} events from ${from}.`),
  notTakingEvents: (why: string): Word => error(`No events are taken beside the kernel's now: ${why}`),
  feedDown: (source: string, from: string, why: string): Word =>
    warning(`No ${source} events come from ${from}: ${why}.`),
  notTaken: (source: string, sentence: string): Word => warning(`Events of ${source}: ${sentence}.`),
  feedBack: (source: string, from: string): Word => notice(`${source} events can come from ${from} again.`),
  runtimesFound: (runtimes: readonly string[]): Word =>
    notice(
      runtimes.length === 0
        ? "No container runtime answers; of containers only the ids are known."
        : `Containers are told of by ${runtimes.join(", ")}.`,
    ),
  runtimeFound: (runtime: string, socket: string): Word => notice(`${runtime} at ${socket} tells of its containers.`),
  runtimeLost: (runtime: string, socket: string, why: string): Word =>
    warning(`${runtime} at ${socket} tells no more of its containers: ${why}. It is tried again.`),
  podsFound: (server: string, pods: number, node: string): Word =>
    notice(
      `The API server at ${server} tells of ${count(pods, "pod")} of node ${node}.${pods === 0 ? " If the node is called otherwise: kubernetes.node says how." : ""}`,
    ),
  noCluster: (): Word =>
    warning("There is no API server to ask of pods: neither a service account nor kubernetes.kubeconfig says where."),
  clusterUnknown: (why: string): Word => warning(`No API server is asked of pods: ${why}.`),
  clusterLost: (why: string): Word => warning(`The API server tells nothing of pods: ${why}. It is tried again.`),
  platformLost: (which: string, why: string): Word =>
    warning(`${which} can't be asked: ${why}. Of its tasks only their environment tells.`),
  platformBack: (which: string): Word => notice(`${which} can be asked again.`),
  cloudFound: (provider: string, place: string): Word =>
    notice(`This machine stands at ${provider}${place === "" ? "" : `, in ${place}`}.`),
  noCloud: (): Word => warning("No provider's metadata service says where this machine stands."),
  openToOthers: (source: string, from: string): Word =>
    warning(
      `${from} is open to other machines, and whoever reaches it can send ${source} events. A token or client_authority keeps others out; with 127.0.0.1 only this machine reaches it.`,
    ),
  readingFiles: (what: string): Word => warning(`${what}.`),
  openToAll: (where: string): Word =>
    warning(`Whoever reaches ${where} can post what he likes: neither a token nor a certificate is asked for.`),
  takingAlerts: (url: string): Word => notice(`Taking alerts of other installations on ${url}.`),
  notTakingAlerts: (why: string): Word => error(`Alerts of other installations are not taken now: ${why}`),
  notServing: (why: string): Word => error(`There is no web server now: ${why}`),
  figuresNotWritten: (file: string, why: string): Word => error(`Figures could not be written to ${file}: ${why}.`),
  answering: (responses: number): Word =>
    notice(`Alerts are answered as ${count(responses, "response rule")} ${responses === 1 ? "says" : "say"}.`),
  answersAnybody: (where: string, actions: readonly string[], mend: string): Word =>
    warning(
      `What is sent to ${where} may have things done (${actions.join(", ")}), and whoever reaches it may send it: ${mend}.`,
    ),
  answeringStopped: (why: string): Word => error(`Answering alerts broke down and begins anew: ${why}.`),
  notAnswered: (why: string): Word => error(`Alerts are not answered: ${why}. It is tried again.`),
  answeredAgain: (): Word => notice("Alerts are answered again."),
  responsesPaused: (): Word => warning("All responses are stopped; `eyas respond resume` lets them go on."),
  responsesResumed: (): Word => notice("Responses go on."),
  reopened: (): Word => notice("Output files are opened anew."),
  journalStopped: (file: string, fault: string, why: string): Word =>
    error(
      `Alerts are not kept in ${file}: ${why}.${fault === "full" ? " Until there is room they go to standard error." : ""} Watching goes on.`,
    ),
  journalResumed: (missed: number): Word => notice(`Alerts are kept again; ${count(missed, "alert")} could not be.`),
  journalDamaged: (file: string, why: string, aside: string, saved: number, whole: boolean): Word =>
    error(
      `${file} was damaged (${why}) and is now ${aside}; ${count(saved, "alert")} could be taken over${whole ? "" : ", the rest is still in there"}.`,
    ),
  undelivered: (output: string, alerts: number): Word => error(`${count(alerts, "alert")} did not reach ${output}.`),
  deliveredAgain: (output: string): Word => notice(`Alerts reach ${output} again.`),
  behind: (output: string, alerts: number): Word =>
    notice(`${output} has not had ${count(alerts, "alert")} of before: they come first.`),
  lostFor: (output: string, alerts: number, why: string): Word =>
    error(`${count(alerts, "alert")} will not reach ${output}: ${why}.`),
  refusedBy: (output: string, why: string): Word =>
    error(`${output} refuses alerts: ${why}. 'eyas outputs dead' lists them.`),
  deliveryStopped: (why: string): Word => error(`The delivery of alerts broke down and begins anew: ${why}.`),
  outputsNotOpened: (why: string): Word => error(`Outputs can't be opened: ${why}.`),
  notDelivered: (output: string, why: string): Word => error(`Alerts don't reach ${output}: ${why}.`),
  lost: (since: number, losses: Losses): Word =>
    warning(
      `${count(since, "event")} lost. Since the beginning: ${reasons(losses)}. A larger ring may help (engine.modern_ebpf.buf_size_preset).`,
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
  noSuchCall: (name: string): Word => warning(`base_syscalls.custom_set: there is no system call ${name}.`),
  unwatchedCalls: (names: readonly string[]): Word =>
    warning(
      `Rules ask for system calls that are not watched: ${some(names)}. base_syscalls.all=true watches the frequent ones too.`,
    ),
} as const;

/** `1 event`, `12,345 events`. */
export function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}

/** How many events did not arrive. */
export function totalOf(losses: Losses): number {
  let total = 0;
  for (const reason of reasonNames) total += losses[reason];
  return total;
}

const reasonNames = Object.keys(lossReasons).filter((key): key is keyof Losses => key in lossReasons);

function lossesInAll(losses: Losses): string {
  const total = totalOf(losses);
  return total === 0 ? "none lost" : `${total.toLocaleString("en")} lost (${reasons(losses)})`;
}

function reasons(losses: Losses): string {
  const parts = reasonNames
    .filter((reason) => losses[reason] > 0)
    .map((reason) => `${losses[reason].toLocaleString("en")} because ${lossReasons[reason]}`);
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
