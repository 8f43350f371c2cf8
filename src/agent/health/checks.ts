import type { Config } from "../../config/load.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Component } from "../component.ts";
import { journalFile } from "../delivery/journal.ts";
import { observeHealth } from "../metrics/session-health.ts";
import type { SessionState } from "../metrics/state.ts";
import { observeDisk } from "./disk.ts";

/**
 * Interval between checks, in milliseconds. Together with the interval of the journal's file checks, the health changes
 * within 5 s.
 */
const INTERVAL = 2000;

/**
 * Periodically checks outputs, document sources, the counters of the journal, and free disk space. Other components
 * report their own health.
 */
export function openHealthChecks(
  { journal }: Pick<Config, "journal">,
  health: Health,
  session: () => Pick<SessionState, "delivery" | "documents">,
): Component {
  let asked = false; // prevents more requests while a file system does not respond
  const check = (): void => {
    observeHealth(health, session());
    if (!journal.enabled || asked) return;
    asked = true;
    void observeDisk(health, journalFile(journal)).finally(() => {
      asked = false;
    });
  };
  const timer = setInterval(check, INTERVAL).unref();
  if (!journal.enabled) {
    health.remove("journal");
    health.remove("disk");
  }
  check();
  return { close: () => clearInterval(timer) };
}
