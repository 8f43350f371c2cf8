import type { Config } from "../../config/load.ts";
import type { Engine } from "../../engine/engine.ts";
import type { IdentityCounts } from "../../identity/identity.ts";
import type { Machine } from "../../machine/machine.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { FeedCounts } from "../../source/feed.ts";
import type { LiveSource } from "../../source/syscall/live.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Histogram } from "../../telemetry/histogram.ts";
import type { LabelCounter } from "../../telemetry/label-counter.ts";
import type { Reloads } from "../../telemetry/log-lines.ts";
import type { ClusterCounts } from "../context/kubernetes.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { AlertFolding } from "../folding.ts";
import type { Responses } from "../responses/responses.ts";
import type { FlightRecorder } from "../sensor/flight-recorder.ts";
import type { SensorCounts } from "../sensor/watch/sensor-watch.ts";
import type { FileHash } from "./file-hashes.ts";
import type { MissingFieldCounter } from "./missing-fields.ts";
import type { RuleTimes } from "./rule-times.ts";
import type { SourceLag } from "./source-lag.ts";

/** State of the running session. Read only when metrics are scraped, so that metrics add no cost per event. */
export interface SessionState {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly delivery: Delivery;
  /** The live sensor; undefined unless the kernel is watched. */
  readonly live: Pick<LiveSource, "counts" | "countsByCpu" | "relieve"> | undefined;
  /** Counters of the checks of the sensor. */
  readonly checks?: () => SensorCounts | undefined;
  /** Document sources with their counters. */
  readonly documents?: readonly DocumentSource[];
  /** Counters of requests to the API server; undefined without an API server. */
  readonly cluster?: () => ClusterCounts | undefined;
  readonly identity?: () => IdentityCounts | undefined;
  /** Open HTTP listeners. */
  readonly listeners?: () => readonly ListenerCounts[];
  readonly recorder?: Pick<FlightRecorder, "counts" | "recent"> | undefined;
  /** Number of alerts received from other installations, by outcome. */
  readonly received?: () => ReadonlyMap<string, number>;
  readonly folding?: Pick<AlertFolding, "counts">;
  /** Counters and state of responses. */
  readonly responses?: Pick<Responses, "counts">;
}

/** Counters of an HTTP listener that receives events or alerts. */
export interface ListenerCounts {
  /** The address from the configuration, or `alert_intake`. */
  readonly listener: string;
  /** Number of responses by HTTP status code. */
  readonly answers: ReadonlyMap<number, number>;
  /** Number of connections that were closed because there were too many. */
  readonly evicted: number;
}

/** A document source, its engine and its counters. */
export interface DocumentSource {
  /** Name in rules, such as `k8s_audit`. */
  readonly source: string;
  readonly engine: Engine;
  /** Number of received events that have not been evaluated yet. */
  readonly waiting: number;
  /**
   * Number of event identities that were evicted early, so that repetitions of the events may not be detected;
   * undefined without identities.
   */
  readonly forgotten?: number | undefined;
  /** Number of events joined with a process; undefined if events of the source are not joined. */
  readonly joined?: number | undefined;
  /** Origins of the source. */
  readonly feeds: readonly FeedCounts[];
}

/** The active configuration and rules. */
export interface ActiveConfig {
  readonly config: Config;
  /** Compiled rules for system calls. */
  readonly rules: readonly LoadedRule[];
  /** Returns the compiled rules for another source. */
  rulesOf(source: string): readonly LoadedRule[];
  readonly ruleFiles: readonly FileHash[];
  readonly configFiles: readonly FileHash[];
  /** Time when the configuration was loaded, in milliseconds since the epoch. */
  readonly since: number;
  /** Number of warnings about the rules, including skipped files and rules. */
  readonly warnings: number;
}

/** A source whose events are evaluated. */
export interface EvaluatedSource {
  readonly source: string;
  readonly engine: Engine;
  readonly rules: readonly LoadedRule[];
  /** Delay between events and their evaluation; undefined for system calls unless the kernel is watched. */
  readonly lag: SourceLag | undefined;
  /** Evaluation times of rules; undefined if evaluation times are not measured. */
  readonly times: RuleTimes | undefined;
  /** The document source; undefined for system calls. */
  readonly stream: DocumentSource | undefined;
}

/** Counters of alerts. */
export interface AlertCounts {
  /** Number of alerts by rule, priority and source. */
  readonly byRule: LabelCounter;
  /** Number of matches that raised no separate alert, by rule, priority and source. */
  readonly repeats: LabelCounter;
  /** Number of alerts by rule, priority, source, namespace, pod and app. */
  readonly byWorkload: LabelCounter;
  /** Histogram of the seconds between an event and its alert, by source. */
  readonly latency: Map<string, Histogram>;
  /** Time of the last alert of this machine, in milliseconds since the epoch; 0 if there is none. */
  last: number;
}

/** The values from which all metrics are computed. */
export interface MetricsInput {
  readonly session: SessionState;
  readonly active: ActiveConfig;
  /** The evaluated sources. The first source is system calls. */
  readonly sources: readonly EvaluatedSource[];
  readonly alerts: AlertCounts;
  readonly missing: MissingFieldCounter;
  readonly reloads: Reloads;
  readonly hostname: string;
  readonly health: Health;
}
