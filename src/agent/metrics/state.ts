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

/** State of the running session, read when metrics are scraped, so that events have no extra cost. */
export interface SessionState {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly delivery: Delivery;
  /** Undefined for a capture. */
  readonly live: Pick<LiveSource, "counts" | "countsByCpu" | "relieve"> | undefined;
  /** Counters of the sensor's checks. */
  readonly checks?: () => SensorCounts | undefined;
  /** Document sources. */
  readonly documents?: readonly DocumentSource[];
  /** Counters of the API server; undefined without one. */
  readonly cluster?: () => ClusterCounts | undefined;
  readonly identity?: () => IdentityCounts | undefined;
  /** Open HTTP listeners. */
  readonly listeners?: () => readonly ListenerCounts[];
  readonly recorder?: Pick<FlightRecorder, "counts" | "recent"> | undefined;
  /** Alerts from other installations, by outcome. */
  readonly received?: () => ReadonlyMap<string, number>;
  readonly folding?: Pick<AlertFolding, "counts">;
  /** Counters of responses. */
  readonly responses?: Pick<Responses, "counts">;
}

/** Requests to an HTTP listener for events or alerts. */
export interface ListenerCounts {
  /** The configured address, or `alert_intake`. */
  readonly listener: string;
  /** Responses by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Number of connections closed because the limit was exceeded. */
  readonly evicted: number;
}

/** A document source with its engine. */
export interface DocumentSource {
  /** Name in rules, such as `k8s_audit`. */
  readonly source: string;
  readonly engine: Engine;
  /** Received events that are not evaluated yet. */
  readonly waiting: number;
  /**
   * Number of events whose identities were forgotten too early to detect repeated events; undefined without identities.
   */
  readonly forgotten?: number | undefined;
  /** Number of events whose process was found by their flow; undefined if disabled. */
  readonly joined?: number | undefined;
  /** Origins of the source. */
  readonly feeds: readonly FeedCounts[];
}

/** The active configuration and rules. */
export interface ActiveConfig {
  readonly config: Config;
  /** Rules for system calls. */
  readonly rules: readonly LoadedRule[];
  /** Rules for another source. */
  rulesOf(source: string): readonly LoadedRule[];
  readonly ruleFiles: readonly FileHash[];
  readonly configFiles: readonly FileHash[];
  /** Load time: milliseconds since the epoch. */
  readonly since: number;
  /** Number of warnings of the rules, including skipped files and rules. */
  readonly warnings: number;
}

/** A source that is evaluated. */
export interface EvaluatedSource {
  readonly source: string;
  readonly engine: Engine;
  readonly rules: readonly LoadedRule[];
  /** Undefined for a capture. */
  readonly lag: SourceLag | undefined;
  /** Times of rules; undefined if not measured. */
  readonly times: RuleTimes | undefined;
  /** Undefined for system calls. */
  readonly stream: DocumentSource | undefined;
}

/** Counters of alerts. */
export interface AlertCounts {
  /** By rule, priority, source. */
  readonly byRule: LabelCounter;
  /** Matches without a separate alert, by the same labels. */
  readonly repeats: LabelCounter;
  /** By rule, priority, source, namespace, pod, app. */
  readonly byWorkload: LabelCounter;
  /** Seconds from the event to its alert, by source. */
  readonly latency: Map<string, Histogram>;
}

/** Input for all metrics. */
export interface MetricsInput {
  readonly session: SessionState;
  readonly active: ActiveConfig;
  /** Evaluated sources, system calls first. */
  readonly sources: readonly EvaluatedSource[];
  readonly alerts: AlertCounts;
  readonly missing: MissingFieldCounter;
  readonly reloads: Reloads;
  readonly hostname: string;
  readonly health: Health;
}
