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

/** Delivers alerts to every output and logs failures at a limited rate. Does not wait for remote outputs. */
export interface Delivery extends Component {
  deliver(batch: readonly Alert[]): Promise<void>;
  /**
   * Stores alerts in the journal, if it is enabled, and delivers the alerts.
   * @returns undefined on success; otherwise the reason why alerts could not be stored
   */
  store(batch: readonly Alert[]): Promise<Fault | undefined>;
  /** Resolves when storing has succeeded or failed for each earlier alert. Never rejects. */
  flushed(): Promise<void>;
  reopen(): void;
  /**
   * Replaces the outputs with those of a new configuration.
   * @param failed called if the new outputs cannot be opened and the previous ones stay open
   */
  apply(next: Pick<Loaded, "config">, failed?: () => void): Promise<void>;
  close(): Promise<void>;
  /** Applies the limits of the journal; undefined if the journal is disabled. */
  readonly limit?: (config: Config) => void;
  /** Whether alerts are raised faster than the journal stores them, or the journal cannot store alerts. */
  readonly isBehind?: boolean;
  /** Number of lost alerts by output name. Outputs without lost alerts are omitted. */
  readonly lost: ReadonlyMap<string, number>;
  /** Delivery counters of each output, including outputs that were removed from the configuration. */
  outputs(): readonly OutputCounts[];
  /**
   * Must be called when the receiver of an output accepts an alert that was sent in another way, such as a test alert.
   */
  readonly accepted?: (output: string) => void;
  /** Reason why no output receives alerts; undefined if alerts are delivered. */
  readonly failure?: string | undefined;
  /** Delivers an alert without storing the alert in the journal; undefined if the journal is disabled. */
  readonly deliverUnstored?: (alert: Alert) => void;
  /** The journal that stores markers; undefined if the journal is disabled. */
  readonly marked?: MarkedJournal;
  /** Returns the counters of the journal; undefined if the journal is disabled. */
  readonly journal?: () => JournalCounts;
}

/** Callbacks for events of the journal and its outputs. */
export interface JournalListener {
  /**
   * Called when the journal is open for writing. `last` is the sequence number of the newest alert from earlier
   * processes.
   */
  opened?(last: number): void;
  /** Called after alerts were stored. */
  stored?(): void;
  /** Called when the journal starts to work (`fault` is undefined), or stops working because of `fault`. */
  state?(fault: string | undefined): void;
  /** Called after a new journal file replaced a damaged or removed one. */
  replaced?(): void;
  /** Called with an event of the journal that must raise an alert. */
  noticed?(event: InternalEvent): void;
  /** Called when an output rejects all alerts until an administrator fixes the cause. */
  blocked?(output: string, reason: string): void;
}

/**
 * Delivers from the journal, or from memory if the journal is disabled.
 * @param ended called when every output has stopped accepting alerts
 * @param layout whether alerts are laid out if standard output is a terminal with colors
 * @throws Failure if an output can't be opened
 */
export async function deliveryFor(
  config: Config,
  log: Log,
  ended: () => void,
  listener: JournalListener = {},
  layout = false,
): Promise<Delivery> {
  const delivery = config.journal.enabled
    ? await (await import("./journal-delivery.ts")).deliveryFromJournal(config, log, ended, listener, layout)
    : await (await import("./memory-delivery.ts")).deliveryFromMemory(config, log, ended, listener, layout);
  // Outputs stay connected while their part of the configuration is unchanged.
  const replace = onChange(config, deliveryKeys(config), delivery.apply);
  delivery.apply = async (next) => {
    delivery.limit?.(next.config);
    const { public_url, store } = next.config.web_page; // all that outputs use
    await replace({ ...next, config: { ...next.config, web_page: { ...config.web_page, public_url, store } } });
  };
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
