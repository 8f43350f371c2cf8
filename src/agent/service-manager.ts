import { timerDelay } from "../setting/timer.ts";
import type { Log } from "../telemetry/log.ts";
import { logLines } from "../telemetry/log-lines.ts";

/** Notifications to the service manager that started this process, as in sd_notify(3) of systemd. */
export interface ServiceManager {
  /**
   * Sends the notification that the agent is ready, which means that it evaluates events.
   * @param status one line about the service
   */
  ready(status: string): void;
  /** Sends a watchdog notification if one is due. Must be called in each iteration of the main loop. */
  progress(): void;
  /**
   * Sends the notification that the agent stops.
   * @param successor ID of the process that continues in place of the agent
   */
  close(successor?: number): void;
  /** Environment variables for a process that continues in place of this process. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Environment variables that systemd sets. The variables are removed, so that child processes do not send
 * notifications.
 */
const VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] as const;

const NONE: ServiceManager = { ready: () => {}, progress: () => {}, close: () => {}, environment: {} };

/**
 * Opens notifications, which have no effect unless a service manager requests them.
 * @param wake wakes the main loop
 */
export async function openServiceManager(
  wake: () => void,
  log: Log,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ServiceManager> {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: limit, WATCHDOG_PID: pid } = environment;
  for (const name of VARIABLES) delete environment[name];
  if (!path) return NONE;
  const { connectDatagram } = await import("../output/transport/datagram.ts"); // loads FFI only if needed
  const send = (message: string): void => {
    try {
      const socket = connectDatagram(path);
      const failure = socket.send(Buffer.from(message));
      socket.close();
      if (failure !== undefined) throw new Error(failure);
    } catch (error) {
      log(logLines.serviceManagerUnreachable(path, error instanceof Error ? error.message : String(error)));
    }
  };
  let due = false;
  // The timer only wakes the main loop and sends no notification, since it also runs while the main loop is stuck.
  const interval = watchdogInterval(limit, pid);
  const timer =
    interval === undefined
      ? undefined
      : setInterval(() => {
          due = true;
          wake();
        }, interval).unref();
  return {
    ready: (status) => send(`READY=1\nSTATUS=${status.replace(/\s+/g, " ")}`),
    progress() {
      if (!due) return;
      due = false;
      send("WATCHDOG=1");
    },
    close(successor) {
      clearInterval(timer);
      send(successor === undefined ? "STOPPING=1" : `MAINPID=${successor}`);
    },
    // Without WATCHDOG_PID, since the service manager watches the process with the ID in MAINPID.
    environment: { NOTIFY_SOCKET: path, ...(limit && { WATCHDOG_USEC: limit }) },
  };
}

/**
 * Interval between watchdog notifications, in milliseconds: half the time after which systemd terminates the process.
 */
function watchdogInterval(limit: string | undefined, pid: string | undefined): number | undefined {
  const microseconds = Number(limit);
  if (!(microseconds > 0) || (pid !== undefined && pid !== String(process.pid))) return undefined;
  return timerDelay(Math.max(1, Math.floor(microseconds / 2000)));
}
