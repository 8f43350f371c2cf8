import { dirname } from "node:path";
import type { Alert } from "../alert/alert.ts";
import { type InternalEvent, internalAlert } from "../alert/internal.ts";
import type { Config } from "../config/load.ts";
import { logLines } from "../telemetry/log-lines.ts";
import type { Agent } from "./agent.ts";
import type { Components } from "./component.ts";
import { readAccountsOfContainers } from "./context/accounts.ts";
import { openContainers } from "./context/containers.ts";
import { type Context, openContext } from "./context/context.ts";
import { type ExecutableIdentity, openExecutableIdentity } from "./context/identity.ts";
import { type Delivery, deliveryFor, type JournalListener } from "./delivery/delivery.ts";
import { journalFile } from "./delivery/journal.ts";
import { type DocumentSources, openDocumentSources } from "./documents/document-sources.ts";
import { type AlertFolding, openFolding } from "./folding.ts";
import { CanaryStages } from "./health/canary-stages.ts";
import { openHealthChecks } from "./health/checks.ts";
import { openJournalCheck } from "./health/journal-check.ts";
import { type AlertIntake, openAlertIntake } from "./intake/alert-intake.ts";
import { openIndicatorWatch } from "./load/indicator-watch.ts";
import { host, type Loaded } from "./load/load.ts";
import { alertOptions } from "./load/ready-rules.ts";
import { PendingAlerts } from "./pending-alerts.ts";
import { openResponses, type Responses } from "./responses/responses.ts";
import type { FlightRecorderOptions, OpenRecorder } from "./sensor/flight-recorder.ts";
import { isLive, openSensor, type Sensor } from "./sensor/sensor.ts";
import { CutOff, matchAfter } from "./takeover/cut.ts";

/** The components that each session opens. */
export interface SessionParts {
  readonly components: Components;
  readonly alerts: PendingAlerts;
  readonly folding: AlertFolding;
  readonly responses: Responses;
  readonly delivery: Delivery;
  readonly intake: AlertIntake;
  readonly sensor: Sensor;
  readonly context: Context;
  readonly identity: ExecutableIdentity;
  readonly documents: DocumentSources;
  /** Ends the evaluation of system calls when another process takes over. */
  readonly cutOff: CutOff;
}

/**
 * Opens the components of a session and adds them to `components`.
 * @throws CannotWatch, Failure
 */
export async function openParts(first: Loaded, agent: Agent, components: Components): Promise<SessionParts> {
  const { config } = first;
  const { log, signals, observer, health } = agent;
  const alerts = new PendingAlerts();
  const responses = components.add(
    openResponses(first, {
      hostname: host,
      past: config.engine.kind === "replay",
      raise(alert) {
        alerts.add(alert);
        signals.wake();
      },
      log,
    }),
  );
  const alertOf = (event: InternalEvent): Alert =>
    internalAlert(event, BigInt(Date.now()) * 1_000_000n, alertOptions(config, host));
  const raiseInternal = (event: InternalEvent): void => {
    alerts.add(alertOf(event));
    signals.wake();
  };
  components.add(agent.events.open(raiseInternal));
  const blocked = (output: string, reason: string): void =>
    raiseInternal({
      rule: "Eyas internal: delivery blocked",
      priority: "Error",
      message: `Alerts are not delivered to ${output} until the cause is fixed: ${reason}`,
      fields: { "eyas.output": output, "eyas.reason": reason },
    });
  const journalState = (fault: string | undefined): void => {
    if (fault === undefined) health.set("journal", "ok");
    else health.set("journal", "failed", fault);
  };
  const listener: JournalListener = { ...responses.listener, blocked, state: journalState, noticed: raiseInternal };
  const ended = (): void => {
    if (config.journal.enabled || responses.isEnabled) log(logLines.outputsEnded());
    else signals.askStop();
  };
  const delivery = components.add(await deliveryFor(config, log, ended, listener, agent.options.layout));
  const stages = new CanaryStages(health);
  const raiseOfJournal = (event: InternalEvent, isUnstored: boolean): void => {
    if (isUnstored) delivery.deliverUnstored?.(alertOf(event));
    else raiseInternal(event);
  };
  const { marked: journal } = delivery;
  const check = journal && components.add(openJournalCheck({ ...{ journal, health, stages }, raise: raiseOfJournal }));
  const keep = (received: readonly Alert[]) => delivery.store(received);
  const intake = components.add(await openAlertIntake(config, host, keep, observer.countReceived, log));
  const folding = components.add(
    openFolding(first, {
      emit: alerts.add,
      observe: observer.countMissing,
      isBehind: () => alerts.isLarge || delivery.isBehind === true,
      log,
    }),
  );
  const { match } = folding;
  const record = await recorderFor(config, { log, raiseInternal, memory: agent.memory });
  const inheritance = agent.inheritance.take();
  const { taken } = inheritance ?? {};
  const cutOff = new CutOff(taken === undefined ? match : matchAfter(taken, inheritance?.live?.bootTime ?? 0, match));
  const sensor = components.add(
    openSensor(first, {
      match: cutOff.onMatch,
      ...{ live: inheritance?.live, replaced: inheritance?.from },
      ...{ raiseInternal, health, stages, log },
      canaryArrived: () => check?.mark(),
      wake: signals.wake,
      stop: signals.fail,
      memory: agent.memory,
      record,
    }),
  );
  const { machine, live, capture } = sensor;
  if (live !== undefined) components.add(readAccountsOfContainers(machine));
  const arrived = signals.wake;
  const insert = (event: Uint8Array): void => {
    if (!sensor.engine.insert(event)) log(logLines.containerEventDropped());
  };
  components.add(openContainers(first, { machine, live: live !== undefined, log, arrived, insert }));
  const watched = { machine, live: live !== undefined, log, memory: agent.memory, arrived };
  const identity = components.add(await openExecutableIdentity(first, watched));
  components.add(openIndicatorWatch(log));
  const state = config.journal.enabled ? { state: dirname(journalFile(config.journal)) } : {};
  const enrichment = { machine, live: capture === undefined, log, arrived, ...state };
  const context = components.add(await openContext(config, first.rules, enrichment));
  const joins = live !== undefined || capture !== undefined;
  const { memory } = agent;
  const oldestUnread = live && (() => live.oldestUnread());
  const sources = await openDocumentSources(first, {
    ...{ machine, match, arrived, log, joins, memory, raiseInternal, oldestUnread },
  });
  const documents = components.add(sources);
  components.add(openHealthChecks(config, health, () => ({ delivery, documents: documents.sources })));
  return { components, alerts, folding, responses, delivery, intake, sensor, context, identity, documents, cutOff };
}

/** Loads the flight recorder if this machine is watched and captures or recent events on the page are enabled. */
async function recorderFor(config: Config, options: FlightRecorderOptions): Promise<OpenRecorder | undefined> {
  const { capture, web_page: page } = config;
  if (!isLive(config)) {
    if (capture.enabled) options.log(logLines.capturesUnused("this machine is not watched"));
    return undefined;
  }
  if (!capture.enabled && !(page.enabled && page.recent_events_size > 0)) return undefined;
  const { openFlightRecorder } = await import("./sensor/flight-recorder.ts");
  return (source, machine, relieve) => openFlightRecorder(config, options, source, machine, relieve);
}
