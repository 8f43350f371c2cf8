import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { indicatorStore } from "./indicators.ts";

/** Interval between checks of indicator files, in milliseconds. */
const CHECK_EVERY = 2000;

/**
 * Reloads indicator files when they change. Until a file is reloaded, events are evaluated with its previous content.
 */
export function openIndicatorWatch(log: Log): Component {
  let isReading = false;

  async function check(): Promise<void> {
    const store = indicatorStore();
    if (store === undefined || isReading) return;
    isReading = true;
    try {
      const { files, faults } = await store.refresh();
      for (const message of faults) log({ level: "warning", message });
      for (const { name, file, size, fault } of files)
        if (fault === undefined) log(logLines.indicatorsRead(name, file, size));
    } finally {
      isReading = false;
    }
  }

  const timer = setInterval(() => void check(), CHECK_EVERY).unref();
  return { close: () => clearInterval(timer) };
}
