import type { Config } from "../../config/load.ts";
import { lostOf } from "../../output/dispatch/counts.ts";
import { Dispatcher } from "../../output/dispatch/dispatcher.ts";
import type { QueueSettings } from "../../output/dispatch/keys.ts";
import { type Output, reasonOf } from "../../output/output.ts";
import { openOutputs } from "../../output/outputs.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { shownLine } from "./color.ts";
import type { Delivery, JournalListener } from "./delivery.ts";
import { logEvent } from "./log-event.ts";

/** Delivers alerts from memory. Alerts that a remote output has not accepted by the end of the process are lost. */
export async function deliveryFromMemory(
  config: Config,
  log: Log,
  ended: () => void,
  listener: JournalListener = {},
  layout = false,
): Promise<Delivery> {
  return deliveryTo(await openOutputs(config, shownLine(layout)), log, ended, listener, config, layout);
}

/** Delivers to outputs that are already open. */
export function deliveryTo(
  outputs: readonly Output[],
  log: Log,
  ended: () => void = () => {},
  listener: JournalListener = {},
  queues?: QueueSettings,
  layout = false,
): Delivery {
  const dispatcher = new Dispatcher(outputs, {
    waitFor: "local",
    ...(queues && { queues }),
    report(event) {
      logEvent(event, log, "memory");
      if (event.kind === "blocked" && event.isNew) listener.blocked?.(event.output, event.reason);
    },
    ended,
  });
  return {
    get lost() {
      return lostOf(dispatcher.counts());
    },
    outputs: () => dispatcher.counts(),
    deliver: (batch) => dispatcher.add(batch),
    async store(batch) {
      await dispatcher.add(batch);
      return undefined;
    },
    flushed: () => Promise.resolve(),
    reopen: () => dispatcher.reopen(),
    accepted: (output) => dispatcher.accepted(output),
    async apply({ config }, failed) {
      let opened: Output[];
      try {
        opened = await openOutputs(config, shownLine(layout));
      } catch (error) {
        log(logLines.outputsNotOpened(reasonOf(error)));
        failed?.();
        return; // the previous outputs stay open
      }
      void dispatcher.replace(opened, undefined, config); // events do not wait for remote outputs
    },
    close: () => dispatcher.close(),
  };
}
