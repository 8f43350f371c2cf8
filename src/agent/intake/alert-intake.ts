import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { Failure } from "../failure.ts";
import { onChange } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";
import { alertOptions } from "../load/ready-rules.ts";
import type { ListenerCounts } from "../metrics/state.ts";
import type { AlertListener, KeepAlerts } from "./alert-listener.ts";
import { withFirstToken } from "./first-token.ts";

/** Receives alerts from other installations, if enabled. */
export interface AlertIntake extends Component {
  /** The counters of the open listener; empty if none is open. */
  listeners(): readonly ListenerCounts[];
  /** Number of received alerts by outcome. */
  received(): ReadonlyMap<string, number>;
  /** Applies a new configuration. Logs an error if the listener cannot be opened; the next call then retries. */
  apply(next: Pick<Loaded, "config">): Promise<void>;
  /** Stops accepting requests. Resolves when responses to all requests in progress have been sent. */
  close(): Promise<void>;
}

/** Configuration keys that affect the listener and the text of its alerts. */
const keys = [
  "alert_intake",
  "time_format_iso_8601",
  "json_include_output_property",
  "json_include_message_property",
  "json_include_output_fields_property",
  "json_include_tags_property",
] as const satisfies readonly (keyof Config)[];

/**
 * Opens the listener for alerts, if it is enabled.
 * @param hostname the name of this machine
 * @param count called with the stored alerts
 * @throws Failure if the listener cannot be opened
 */
export async function openAlertIntake(
  first: Config,
  hostname: string,
  keep: KeepAlerts,
  count: (alerts: readonly Alert[]) => void,
  log: Log,
): Promise<AlertIntake> {
  let current = first;
  let open = await openFor(first);

  /**
   * The hostname that alerts of unauthenticated senders must not contain. Undefined with `responses.received: all`, so
   * that programs on this machine, such as Falco, can send alerts.
   */
  function ownHost(): string | undefined {
    return current.responses.received === "all" ? undefined : hostname;
  }

  async function openFor(wanted: Config): Promise<AlertListener | undefined> {
    if (!wanted.alert_intake.enabled) return undefined;
    const { openAlertListener } = await import("./alert-listener.ts"); // loaded only if enabled
    try {
      const options = { ...alertOptions(wanted, ""), ownHost };
      const settings = withFirstToken(wanted.alert_intake, wanted.alert_intake.listen_address, wanted, "alert_intake");
      const opened = await openAlertListener(settings, options, async (alerts) => {
        const fault = await keep(alerts);
        if (fault === undefined) count(alerts);
        return fault;
      });
      log(logLines.receivingAlerts(opened.url));
      if (settings !== wanted.alert_intake)
        log(logLines.firstToken("alert_intake", settings.token_file, "alert_intake"));
      if (!opened.guarded) log(logLines.intakeUnauthenticated(opened.url));
      return opened;
    } catch (error) {
      throw error instanceof Error ? new Failure(error.message) : error;
    }
  }

  const reopen = onChange(first, keys, async ({ config: next }, failed) => {
    await open?.close();
    open = undefined;
    try {
      open = await openFor(next);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log(logLines.receivingAlertsFailed(error.message));
      failed();
    }
  });

  return {
    listeners: () =>
      open === undefined ? [] : [{ listener: "alert_intake", answers: open.answers, evicted: open.evicted }],
    received: () => open?.outcomes ?? new Map(),
    async apply(next) {
      current = next.config;
      await reopen(next);
    },
    close: async () => open?.close(),
  };
}
