import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { Failure } from "../failure.ts";
import { onChange } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";
import { alertOptions } from "../load/ready-rules.ts";
import type { DoorCounts } from "../metrics/watched.ts";
import type { AlertIntake, KeepAlerts } from "./alert-intake.ts";

/** The door for alerts of other installations, as long as the configuration wants one. */
export interface AlertDoor extends Component {
  /** The door that is open at the moment, if any. */
  doors(): readonly DoorCounts[];
  /** Alerts that came through it, by what became of them. */
  received(): ReadonlyMap<string, number>;
  /** Follows another configuration. Where that door can't be opened it says so, and there is none. */
  apply(next: Pick<Loaded, "config">): Promise<void>;
  /** Returns when those on their way have their answers. */
  close(): Promise<void>;
}

/** What the door and the text of its alerts depend on. */
const keys = [
  "alert_intake",
  "time_format_iso_8601",
  "json_include_output_property",
  "json_include_message_property",
  "json_include_output_fields_property",
  "json_include_tags_property",
] as const satisfies readonly (keyof Config)[];

/**
 * @param count is told of alerts that were kept
 * @throws Failure where the door can't be opened
 */
export async function openAlertDoor(
  first: Config,
  keep: KeepAlerts,
  count: (alerts: readonly Alert[]) => void,
  log: Log,
): Promise<AlertDoor> {
  let open = await openFor(first);

  async function openFor(wanted: Config): Promise<AlertIntake | undefined> {
    if (!wanted.alert_intake.enabled) return undefined;
    const { openAlertIntake } = await import("./alert-intake.ts"); // what listens loads where somebody is to be heard
    try {
      const opened = await openAlertIntake(wanted.alert_intake, alertOptions(wanted, ""), async (alerts) => {
        const fault = await keep(alerts);
        if (fault === undefined) count(alerts);
        return fault;
      });
      log(logLines.receivingAlerts(opened.url));
      if (!opened.guarded) log(logLines.intakeUnauthenticated(opened.url));
      return opened;
    } catch (error) {
      throw error instanceof Error ? new Failure(error.message) : error;
    }
  }

  return {
    doors: () => (open === undefined ? [] : [{ door: "alert_intake", answers: open.answers }]),
    received: () => open?.outcomes ?? new Map(),
    apply: onChange(first, keys, async ({ config: next }) => {
      await open?.close();
      open = undefined;
      try {
        open = await openFor(next);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log(logLines.receivingAlertsFailed(error.message));
      }
    }),
    close: async () => open?.close(),
  };
}
