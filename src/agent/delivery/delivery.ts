import type { Alert } from "../../alert/alert.ts";
import type { InternalEvent } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import type { Counts as JournalCounts } from "../../journal/durable-writer.ts";
import type { Fault } from "../../journal/fault.ts";
import type { OutputCounts } from "../../output/dispatch/counts.ts";
import { outputKeys } from "../../output/outputs.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Component } from "../component.ts";
import type { MarkedJournal } from "../health/journal-check.ts";
import { onChange } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";

/** Delivers alerts to every output and logs failures at a limited rate. Never waits for remote outputs. */
export interface Delivery extends Component {
  deliver(batch: readonly Alert[]): Promise<void>;
  /**
   * Stores alerts in the journal, if there is one, and delivers them.
   * @returns undefined once the alerts are stored; otherwise the reason, and no alert was delivered
   */
  store(batch: readonly Alert[]): Promise<Fault | undefined>;
  /** Settles when all earlier alerts are stored in the journal or could not be stored. Never rejects. */
  flushed(): Promise<void>;
  reopen(): void;
  /** Switches to the outputs of another configuration. */
  apply(next: Pick<Loaded, "config">): Promise<void>;
  close(): Promise<void>;
  /** Whether alerts arrive faster than the journal stores them, or the journal cannot store them. */
  readonly isBehind?: boolean;
  /** Number of alerts that an output did not accept, by output name. */
  readonly lost: ReadonlyMap<string, number>;
  /** Counts of current and removed outputs. */
  outputs(): readonly OutputCounts[];
  /** Delivers an alert without storing it; undefined without a journal. */
  readonly deliverUnstored?: (alert: Alert) => void;
  /** The journal, if there is one. */
  readonly marked?: MarkedJournal;
  /** Counts of the journal, if there is one. */
  readonly journal?: () => JournalCounts;
}

/** Callbacks for readers of the journal. */
export interface JournalListener {
  /** Called when the journal is open for writing. `last` is the newest alert from before this process. */
  opened?(last: number): void;
  /** Called after alerts were stored. */
  stored?(): void;
  /** Called when the journal accepts alerts, or when it cannot because of `fault`. */
  state?(fault: string | undefined): void;
  /** Called after a new file replaced a damaged or removed journal. */
  replaced?(): void;
  /** Called for an event of the journal that an alert must report. */
  noticed?(event: InternalEvent): void;
  /** Called when an output accepts no alerts until an administrator fixes the cause. */
  blocked?(output: string, reason: string): void;
}

/**
 * Delivers from the journal, or from memory if the journal is disabled.
 * @param ended called when no output accepts further alerts
 * @throws Failure if an output can't be opened
 */
export async function deliveryFor(
  config: Config,
  log: Log,
  ended: () => void,
  listener: JournalListener = {},
): Promise<Delivery> {
  const delivery = config.journal.enabled
    ? await (await import("./journal-delivery.ts")).deliveryFromJournal(config, log, ended, listener)
    : await (await import("./memory-delivery.ts")).deliveryFromMemory(config, log, ended, listener);
  // Outputs stay connected while their part of the configuration is unchanged.
  delivery.apply = onChange(config, deliveryKeys(config), delivery.apply);
  return delivery;
}

/** Configuration keys that affect outputs and alert text. */
function deliveryKeys(config: Config): (keyof Config)[] {
  const formatKeys: readonly string[] = [
    "time_format_iso_8601",
    "json_include_output_property",
    "json_include_message_property",
    "json_include_output_fields_property",
    "json_include_tags_property",
  ] satisfies (keyof Config)[];
  const isMeant = (key: string): key is keyof Config => formatKeys.includes(key) || outputKeys.includes(key);
  return Object.keys(config).filter(isMeant);
}
