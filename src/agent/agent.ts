import { uringObstacle } from "../source/syscall/uring.ts";
import { Health } from "../telemetry/health.ts";
import type { Log } from "../telemetry/log.ts";
import { logLines, type Reloads } from "../telemetry/log-lines.ts";
import type { Component } from "./component.ts";
import { Failure } from "./failure.ts";
import { type AgentLoadOptions, activeRules, host, type Loaded, load } from "./load/load.ts";
import { openAgentLog } from "./log.ts";
import { fitMemory, observeMemory } from "./memory/memory.ts";
import type { MemoryPlan } from "./memory/plan.ts";
import { type Observer, openObserver } from "./metrics/observer.ts";
import { logPageOpened, openWebPage, type PageOpened, type WebPage } from "./page/web-page.ts";
import { writePidFile } from "./pid-file.ts";
import { raisePriority } from "./sensor/priority.ts";
import { isLive } from "./sensor/sensor.ts";
import { openServiceManager, type ServiceManager } from "./service-manager.ts";
import { openSession } from "./session.ts";
import { listenToSignals, type Signals } from "./signals.ts";

/** Called once events are evaluated, with the names of the sources and the number of rules. */
export type Watching = (what: string, rules: number) => void;

/** Receives messages for the user in place of log lines. */
export interface Announcements {
  readonly watching: Watching;
  /** Called once the web page is open. */
  readonly welcome: PageOpened;
}

export interface AgentOptions extends AgentLoadOptions {
  /** Stop after this many seconds. */
  readonly seconds?: number | undefined;
  /** File with the process ID while the agent runs. */
  readonly pidfile?: string | undefined;
  /** Deliver each alert immediately, regardless of `buffered_outputs`. */
  readonly unbuffered?: boolean | undefined;
  /** Limits the heap of the main thread, in MiB; may replace the process. */
  readonly limitHeap?: ((megabytes: number) => void) | undefined;
  /** Load everything, log what would be watched, and return. */
  readonly dryRun?: boolean | undefined;
}

/** Components that outlive a session: a changed `engine` section does not affect them. */
export interface Agent {
  readonly options: AgentOptions;
  readonly log: Log;
  /** Buffer sizes within the memory limit, fixed at startup. */
  readonly memory: MemoryPlan | undefined;
  readonly signals: Signals;
  readonly serviceManager: ServiceManager;
  readonly watching: Watching;
  readonly reloads: Reloads;
  readonly observer: Observer;
  readonly health: Health;
  readonly page: WebPage;
  /** Components that a reload updates before and after those of the session. */
  readonly before: readonly Component[];
  readonly after: readonly Component[];
}

/**
 * Runs until a signal or the time limit.
 * @param announcements receives messages in place of log lines
 * @throws CannotWatch if the kernel cannot be watched
 * @throws Failure if configuration or rules are invalid
 */
export async function runAgent(options: AgentOptions, announcements?: Announcements): Promise<void> {
  const first = await load(options);
  const agentLog = openAgentLog(first.config);
  const { log } = agentLog;
  for (const remark of first.remarks) log(remark);
  if (options.dryRun) {
    const obstacle = isLive(first.config) ? uringObstacle() : undefined;
    if (obstacle !== undefined) log(logLines.uringUnwatched(obstacle));
    log(logLines.configurationValid(activeRules(first)));
    return;
  }
  const memory = await fitMemory(first.config, log, options.limitHeap);
  const signals = listenToSignals();
  if (options.seconds !== undefined) signals.stopAfter(options.seconds);
  const pidFile = options.pidfile === undefined ? undefined : writePidFile(options.pidfile);
  const reloads: Reloads = { done: 0, rejected: 0 };
  const health = new Health((component, { state, reason }) => log(logLines.healthChanged(component, state, reason)));
  if (memory !== undefined) observeMemory(health, memory, first.config);
  const observing = { configFile: options.config, hostname: host, reloads, health, log, wake: signals.wake };
  const observer = await openObserver(first, observing);
  const welcome = announcements?.welcome ?? logPageOpened(log);
  const page = openWebPage(first, { hostname: host, observer, log, memory, reload: signals.askReload, welcome });
  const serviceManager = await openServiceManager(signals.wake, log);
  const announce: Watching = announcements?.watching ?? ((what, rules) => log(logLines.watching(what, rules)));
  const watching: Watching = (what, rules) => {
    announce(what, rules);
    serviceManager.ready(logLines.watching(what, rules).message);
  };
  const before = [agentLog];
  const after = [observer, page];
  try {
    await runSessions(first, {
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
      before,
      after,
    });
  } finally {
    serviceManager.close();
    pidFile?.remove();
    await page.close();
    await observer.close();
    signals.close();
  }
  if (signals.failure !== undefined) throw new Failure(signals.failure);
}

/** Runs one session after another: some configuration changes require a new session. */
async function runSessions(first: Loaded, agent: Agent): Promise<void> {
  for (let next: Loaded | undefined = first; next !== undefined; ) {
    for (const component of agent.after) await component.apply?.(next);
    if (isLive(next.config)) raisePriority();
    const session = await openSession(next, agent);
    next = await session.run();
  }
}
