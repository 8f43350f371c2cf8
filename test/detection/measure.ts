import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";
import { type OwnedStage, openStage } from "../../src/drill/stage.ts";
import { ALL_RULES, type LiveSensor, markedRules, pause, startSensorWith } from "../live/sensor.ts";
import type { Behaviour, Suite } from "./behaviour.ts";
import { INTEGRITY_OPTIONS, INTEGRITY_RULES, prepareIntegrity, removeIntegrity } from "./file-integrity.ts";
import { AUDIT_RULES, auditOptions } from "./kubernetes-audit.ts";
import { IncompleteRecording, MARK_FORMAT, markOf, replay, startRecorder } from "./recording.ts";
import { prepareRemovals } from "./removals.ts";

/** Result of a behavior. */
export interface Measured {
  readonly suite: Suite;
  readonly behaviour: Behaviour;
  /** Reason why the behavior was not performed; null if it was performed. */
  readonly skipped: string | null;
  /** Our rules that matched live, expected rules first. */
  readonly alerts: readonly string[];
  /** Time from the event to the first expected alert in the journal, in milliseconds; null without an alert. */
  readonly latency: number | null;
  /** Our rules that matched the recording; null if the recording lacks the events. */
  readonly ours: readonly string[] | null;
  /** Upstream rules that matched the recording; null if no upstream rules were given. */
  readonly upstream: readonly string[] | null;
}

export interface MeasureOptions {
  /** A free port, on which the sensor receives audit events. */
  readonly auditPort: number;
  /** Rule files of the upstream project. */
  readonly upstream: readonly string[];
  readonly isSelected: (suite: Suite, behaviour: Behaviour) => boolean;
  /** Called before the behaviors of a suite are performed. */
  readonly onSuite: (suite: Suite, behaviors: number) => void;
  readonly onMeasured: (measured: Measured) => void;
}

/** An alert with the time at which it was read, since outputs read alerts from the journal. */
interface Arrival {
  readonly alert: DrilledAlert;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

const NANOSECONDS = 1e6;
/** Time after which an alert counts as missing, in milliseconds. */
const LATEST = 15_000;
/** Maximum number of times that a suite is measured. */
const ATTEMPTS = 3;

/** Returns the time in milliseconds since the epoch. */
const now = (): number => performance.timeOrigin + performance.now();

/** Performs every selected behavior while a live sensor and a recorder run, and replays the recordings. */
export async function measure(suites: readonly Suite[], options: MeasureOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-detection-"));
  prepareIntegrity();
  prepareRemovals();
  const rules = [...ALL_RULES, INTEGRITY_RULES, AUDIT_RULES];
  const keys = [...INTEGRITY_OPTIONS, ...auditOptions(options.auditPort)];
  const sensor = await startSensorWith(rules, markedRules(ALL_RULES), "-p", MARK_FORMAT, ...keys);
  const arrivals: Arrival[] = [];
  sensor.onLine((line) => {
    const time = now();
    for (const alert of readAlerts(line)) arrivals.push({ alert, time });
  });
  try {
    for (const suite of suites) await measureComplete(suite, { ...options, folder, sensor, arrivals });
  } finally {
    await sensor.stop();
    removeIntegrity();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface SuiteOptions extends MeasureOptions {
  readonly folder: string;
  readonly sensor: LiveSensor;
  readonly arrivals: Arrival[];
}

/** Measures a suite. Repeats the measurement if the recorder dropped events on a busy machine. */
async function measureComplete(suite: Suite, options: SuiteOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await measureSuite(suite, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof IncompleteRecording)) throw error;
    }
  }
}

async function measureSuite(suite: Suite, options: SuiteOptions): Promise<void> {
  const { folder, sensor, upstream, arrivals } = options;
  const open = await suite.open(sensor, folder);
  const behaviours = open.behaviours.filter((behaviour) => options.isSelected(suite, behaviour));
  if (behaviours.length === 0) return open.close();
  options.onSuite(suite, behaviours.length);
  const stage = openStage();
  const skipped = new Map<Behaviour, string>();
  const file = join(folder, "recording.scap");
  const isRecorded = suite.isRecorded ?? true;
  const recorder = isRecorded ? await startRecorder(file, [...ALL_RULES, ...upstream]) : undefined;
  arrivals.length = 0;
  open.listen?.((alert) => void arrivals.push({ alert, time: now() }));
  const began = new Map<Behaviour, number>();
  try {
    for (const behaviour of behaviours) {
      // The sensor has then evaluated earlier events, such as the start of the recorder.
      await sensor.settled();
      began.set(behaviour, now());
      const reason = await perform(stage, behaviour);
      if (reason !== null) skipped.set(behaviour, reason);
    }
    await sensor.settled();
    if (!isRecorded) await quiet(behaviours, skipped, arrivals, began);
  } finally {
    stage.end();
    await open.close();
    await recorder?.stop();
  }
  const ours = isRecorded ? await replay(file, ALL_RULES) : null;
  const theirs = upstream.length === 0 || !isRecorded ? null : await replay(file, upstream);
  for (const behaviour of behaviours) {
    const { alerts, latency } = liveAlerts(behaviour, arrivals, began);
    options.onMeasured({
      suite,
      behaviour,
      skipped: skipped.get(behaviour) ?? null,
      alerts,
      latency,
      ours: ours && rulesFor(behaviour, ours),
      upstream: theirs && rulesFor(behaviour, theirs),
    });
  }
}

/** Performs a behavior. @returns why the behavior was not performed */
async function perform(stage: OwnedStage, { name, needs = [], act }: Behaviour): Promise<string | null> {
  const missing = needs.map((need) => stage.unmet(need)).find((reason) => reason !== null);
  if (missing !== undefined) return missing;
  stage.beginAction(name);
  try {
    await act(stage);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    stage.endAction();
  }
}

/** Waits for alerts that are raised some time after their events. */
async function quiet(
  behaviours: readonly Behaviour[],
  skipped: ReadonlyMap<Behaviour, string>,
  arrivals: readonly Arrival[],
  began: ReadonlyMap<Behaviour, number>,
): Promise<void> {
  const waits = behaviours.filter((behaviour) => !skipped.has(behaviour));
  const have = () => waits.every((behaviour) => liveAlerts(behaviour, arrivals, began).latency !== null);
  for (const end = Date.now() + LATEST; Date.now() < end && !have(); ) await pause(100);
}

/**
 * @param began time at which each behavior began: the reference for alerts of the agent about itself, which have no
 * event
 */
function liveAlerts(
  behaviour: Behaviour,
  arrivals: readonly Arrival[],
  began: ReadonlyMap<Behaviour, number>,
): Pick<Measured, "alerts" | "latency"> {
  const { name, rules, isOwn } = behaviour;
  const own = arrivals.filter(({ alert }) => markOf(alert) === name || isOwn?.(alert) === true);
  const expected = own.filter(({ alert }) => rules.includes(alert.rule));
  const times = expected.map(({ alert: { fields }, time }) => {
    const event = fields["evt.time"];
    return time - (event === undefined ? (began.get(behaviour) ?? 0) : Number(event) / NANOSECONDS);
  });
  const alerts = [...new Set([...expected, ...own].map(({ alert }) => alert.rule))];
  return { alerts, latency: times.length === 0 ? null : Math.min(...times) };
}

function rulesFor({ name }: Behaviour, alerts: readonly DrilledAlert[]): string[] {
  return [...new Set(alerts.filter((alert) => markOf(alert) === name).map(({ rule }) => rule))];
}
