import type { Config } from "../../config/load.ts";
import type { Engine } from "../../engine/engine.ts";
import type { RecentEvents } from "../../engine/recent.ts";
import type { Machine } from "../../machine/machine.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { FeedCounts } from "../../source/feed.ts";
import type { LiveSource } from "../../source/syscall/live.ts";
import type { Histogram } from "../../telemetry/histogram.ts";
import type { LabelCounter } from "../../telemetry/label-counter.ts";
import type { Reloads } from "../../telemetry/log-lines.ts";
import type { ClusterCounts } from "../context/kubernetes.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Responses } from "../responses/responses.ts";
import type { Lacks } from "./lacks.ts";
import type { RuleTimes } from "./rule-times.ts";
import type { SourceLag } from "./source-lag.ts";
import type { FileSum } from "./sums.ts";

/** What is under way; figures are read off it when somebody asks, so that events pay nothing for them. */
export interface Watched {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly delivery: Delivery;
  /** Undefined where a capture is watched. */
  readonly live: LiveSource | undefined;
  /** What is watched beside the system calls. */
  readonly documents?: readonly DocumentSource[];
  /** The API server that is asked of pods; undefined where none is. */
  readonly cluster?: () => ClusterCounts | undefined;
  /** The HTTP listeners that are open. */
  readonly listeners?: () => readonly ListenerCounts[];
  /** The last events, where they are kept. */
  readonly recent?: RecentEvents | undefined;
  /** Alerts of other installations, by what became of them. */
  readonly received?: () => ReadonlyMap<string, number>;
  /** What was done about alerts. */
  readonly responses?: Pick<Responses, "counts">;
}

/** Requests to an address where events or alerts are posted. */
export interface ListenerCounts {
  /** The address as the configuration has it, or `alert_intake`. */
  readonly listener: string;
  /** Answers by status. */
  readonly answers: ReadonlyMap<number, number>;
}

/** A source beside the system calls, with the engine that judges its events. */
export interface DocumentSource {
  /** As rules name it: `k8s_audit`, … */
  readonly source: string;
  readonly engine: Engine;
  /** Events that others have brought and that are not judged yet. */
  readonly waiting: number;
  /** Events whose process was found by their flow; undefined where nobody looks for it. */
  readonly joined?: number | undefined;
  /** The ways by which events come. */
  readonly feeds: readonly FeedCounts[];
}

/** What is in force. */
export interface InForce {
  readonly config: Config;
  /** Those for system calls. */
  readonly rules: readonly LoadedRule[];
  /** Those for another source. */
  rulesOf(source: string): readonly LoadedRule[];
  readonly ruleFiles: readonly FileSum[];
  readonly configFiles: readonly FileSum[];
  /** When it was loaded: milliseconds since the epoch. */
  readonly since: number;
  /** What loading the rules had to say. */
  readonly warnings: number;
}

/** What is judged of one source. */
export interface Judged {
  readonly source: string;
  readonly engine: Engine;
  readonly rules: readonly LoadedRule[];
  /** Undefined where it has not just happened. */
  readonly lag: SourceLag | undefined;
  /** What rules take; undefined where nobody wants it. */
  readonly times: RuleTimes | undefined;
  /** Undefined for system calls. */
  readonly stream: DocumentSource | undefined;
}

/** What is counted as alerts are handed on. */
export interface AlertCounts {
  /** By rule, priority, source. */
  readonly byRule: LabelCounter;
  /** By rule, priority, source, namespace, pod, app. */
  readonly byWorkload: LabelCounter;
  /** Seconds from the event to its alert, by source. */
  readonly latency: Map<string, Histogram>;
}

/** Everything that figures are made of. */
export interface Observed {
  readonly watched: Watched;
  readonly inForce: InForce;
  /** The system calls first. */
  readonly judged: readonly Judged[];
  readonly alerts: AlertCounts;
  readonly lacks: Lacks;
  readonly reloads: Reloads;
  readonly hostname: string;
}
