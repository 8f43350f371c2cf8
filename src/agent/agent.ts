import { Health } from "../telemetry/health.ts";
import type { Log } from "../telemetry/log.ts";
import { logLines, type Reloads } from "../telemetry/log-lines.ts";
import type { Component } from "./component.ts";
import { Failure } from "./failure.ts";
import { InternalEvents } from "./internal-events.ts";
import { type AgentLoadOptions, activeRules, host, type Loaded } from "./load/load.ts";
import { openAgentLog } from "./log.ts";
import { rememberErrors } from "./machine-state/last-error.ts";
import { openMachineStates } from "./machine-state/machine-states.ts";
import { fitMemory, observeMemory } from "./memory/memory.ts";
import type { MemoryPlan } from "./memory/plan.ts";
import { type Observer, openObserver } from "./metrics/observer.ts";
import { logPageOpened, openWebPage, type PageOpened, type WebPage } from "./page/web-page.ts";
import { writePidFile } from "./pid-file.ts";
import { firstLoad } from "./resources/first-load.ts";
import { openRuleAdmission, type RuleAdmission } from "./resources/rule-admission.ts";
import { openRuleResources, type RuleResources } from "./resources/rule-resources.ts";
import { logKernelRemarks } from "./sensor/live.ts";
import { raisePriority } from "./sensor/priority.ts";
import { isLive } from "./sensor/sensor.ts";
import { openServiceManager, type ServiceManager } from "./service-manager.ts";
import { openSession, type Session } from "./session.ts";
import { reportReload } from "./session-rules.ts";
import { listenToSignals, type Signals } from "./signals.ts";
import type { TakenUpTo } from "./takeover/cut.ts";
import { type Inheritance, inherit, onceOnly, predecessorOf } from "./takeover/predecessor.ts";
import { openSuccessor, type Successor } from "./takeover/successor.ts";
import { openTopListener } from "./top/listener.ts";

/**
 * Called when a session starts to evaluate events, with the names of the watched sources, such as `this machine,
 * k8s_audit`, and the number of active rules.
 */
export type Watching = (what: string, rules: number) => void;

/** Callbacks for messages that a command prints instead of logging them. */
export interface Announcements {
  readonly watching: Watching;
  /** Called when the web UI is open. */
  readonly welcome: PageOpened;
}

export interface AgentOptions extends AgentLoadOptions {
  /** Stop after this many seconds. */
  readonly seconds?: number | undefined;
  /** Path of a file that contains the process ID while the agent runs. */
  readonly pidfile?: string | undefined;
  /** Deliver each alert immediately, regardless of `buffered_outputs`. */
  readonly unbuffered?: boolean | undefined;
  /** Limits the heap of the main thread to this number of MiB. May replace the process, see heap-limit.ts. */
  readonly limitHeap?: ((megabytes: number) => void) | undefined;
  /** Lay out alerts over several lines if standard output is a terminal with colors. */
  readonly layout?: boolean | undefined;
  /** Load configuration and rules, log that both are valid, and return. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Components that stay open across sessions, for example when a change to the `engine` section starts a new session.
 */
export interface Agent {
  readonly options: AgentOptions;
  readonly log: Log;
  /** Sizes that fit within the memory limit, determined at startup; undefined if no memory limit is known. */
  readonly memory: MemoryPlan | undefined;
  readonly signals: Signals;
  readonly serviceManager: ServiceManager;
  readonly watching: Watching;
  readonly reloads: Reloads;
  readonly observer: Observer;
  readonly health: Health;
  readonly page: WebPage;
  /** Internal events of the other components, for which the session raises alerts. */
  readonly events: InternalEvents;
  /** Replaces this process on request. */
  readonly successor: Successor;
  /** State that the first session takes over from the process that this process replaced. */
  readonly inheritance: { take(): Inheritance | undefined };
  readonly ruleResources: RuleResources;
  readonly ruleAdmission: RuleAdmission;
  /** Components that a reload updates before (`before`) and after (`after`) the components of the session. */
  readonly before: readonly Component[];
  readonly after: readonly Component[];
}

/**
 * Runs the agent until a signal stops it or the time limit is reached.
 * @param announcements callbacks for messages that are printed instead of logged
 * @throws CannotWatch if the kernel cannot be watched
 * @throws Failure if configuration or rules are invalid, a component cannot be opened, or the agent stops because of an
 * error
 */
export async function runAgent(options: AgentOptions, announcements?: Announcements): Promise<void> {
  const { first, before: known } = await firstLoad(options);
  const agentLog = openAgentLog(first.config);
  const { log, last: lastError } = rememberErrors(agentLog.log);
  for (const remark of first.remarks) log(remark);
  if (options.dryRun) {
    if (isLive(first.config)) logKernelRemarks(first.config, log);
    log(logLines.configurationValid(activeRules(first)));
    return;
  }
  const replaced = predecessorOf();
  // Executing the program again would close the connection to the predecessor, whose heap limit already applies.
  const memory = await fitMemory(first.config, log, replaced === undefined ? options.limitHeap : undefined);
  const inheritance = onceOnly(replaced === undefined ? undefined : await inherit(replaced, first, { log, memory }));
  const signals = listenToSignals();
  if (options.seconds !== undefined) signals.stopAfter(options.seconds);
  const pidFile = options.pidfile === undefined ? undefined : writePidFile(options.pidfile);
  const reloads: Reloads = { done: 0, rejected: 0 };
  let stateChanged = (): void => {};
  const health = new Health((component, { state, reason }) => {
    log(logLines.healthChanged(component, state, reason));
    stateChanged();
  });
  if (memory !== undefined) observeMemory(health, memory, first.config);
  const observing = { configFile: options.config, hostname: host, reloads, health, log, wake: signals.wake };
  const observer = await openObserver(first, observing);
  const welcome = announcements?.welcome ?? logPageOpened(log);
  const states = await openMachineStates(first, { observer, log, lastError });
  stateChanged = states.changed;
  const events = new InternalEvents();
  const paged = { hostname: host, observer, log, memory, reload: signals.askReload, welcome, raise: events.add };
  const page = openWebPage(first, paged);
  const top = await openTopListener(first.config, {
    report: () => JSON.stringify(observer.top()),
    watched: (on) => observer.sampleActivity(on),
    log,
  });
  const serviceManager = await openServiceManager(signals.wake, log);
  const successor = openSuccessor({ log, wake: signals.wake, environment: serviceManager.environment });
  const announce: Watching = announcements?.watching ?? ((what, rules) => log(logLines.watching(what, rules)));
  const watching: Watching = (what, rules) => {
    announce(what, rules);
    states.changed();
    serviceManager.ready(logLines.watching(what, rules).message);
  };
  const ruleResources = openRuleResources(first, { before: known, reload: signals.askReload, health, log });
  let ruleAdmission: RuleAdmission | undefined;
  const before = [agentLog];
  let taken: TakenUpTo | undefined;
  let isOrderly = false;
  try {
    ruleAdmission = await openRuleAdmission(first.config, { options, resources: ruleResources, log });
    const after = [observer, states, page, top, ruleResources, ruleAdmission];
    taken = await runSessions(first, {
      options,
      log,
      memory,
      signals,
      serviceManager,
      watching,
      reloads,
      observer,
      health,
      page,
      events,
      successor,
      inheritance,
      ...{ ruleResources, ruleAdmission },
      before,
      after,
    });
    isOrderly = signals.failure === undefined;
  } finally {
    if (taken === undefined) serviceManager.close();
    pidFile?.remove();
    await top.close();
    await ruleAdmission?.close();
    await ruleResources.close();
    await page.close();
    await states.close(isOrderly && taken === undefined); // another process continues to write states
    await observer.close();
    signals.close();
    const next = await successor.release(taken);
    if (taken !== undefined) serviceManager.close(next);
    if (taken !== undefined && next === undefined)
      signals.fail("The new process that should have replaced this process has ended.");
  }
  if (signals.failure !== undefined) throw new Failure(signals.failure);
}

/**
 * Runs sessions until the agent stops. A reload starts a new session if a changed configuration key requires a new
 * session. If the new session cannot be opened, the agent continues with the previous configuration and rules.
 * @returns the position up to which events are evaluated if another process continues; undefined otherwise
 */
async function runSessions(first: Loaded, agent: Agent): Promise<TakenUpTo | undefined> {
  const { before, after } = agent;
  let session = await startSession(first, agent, after);
  for (;;) {
    const next = await session.run();
    if (next === undefined) return session.taken;
    const previous = session.loaded;
    try {
      session = await startSession(next, agent, [...before, ...after]);
      reportReload(agent, next);
    } catch (error) {
      session = await startSession(previous, agent, [...before, ...after]);
      session.continueAfter(next, failureOf(error));
    }
  }
}

async function startSession(loaded: Loaded, agent: Agent, components: Agent["after"]): Promise<Session> {
  for (const component of components) await component.apply?.(loaded);
  if (isLive(loaded.config)) raisePriority();
  return openSession(loaded, agent);
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(`Cannot start the sensor: ${error instanceof Error ? error.message : String(error)}.`);
}
