import type { Alert } from "../../../alert/alert.ts";
import { type Delivery, delivered, type Line, type Output, reasonOf } from "../../output.ts";
import type { DatagramSocket } from "../../transport/datagram.ts";
import { inGroups } from "../../transport/in-groups.ts";

/** Syslog severities by priority. */
export const severityOf: Readonly<Record<Alert["priority"], number>> = {
  Emergency: 0,
  Alert: 1,
  Critical: 2,
  Error: 3,
  Warning: 4,
  Notice: 5,
  Informational: 6,
  Debug: 7,
};
const FACILITY_USER = 1;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const LOG = "/dev/log";

/** Formats a message for the local syslog daemon: `<priority>Mmm dd hh:mm:ss name: text` (RFC 3164). */
export function syslogMessage(severity: number, text: string, now: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = String(now.getDate()).padStart(2, " ");
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `<${FACILITY_USER * 8 + severity}>${MONTHS[now.getMonth()]} ${day} ${time} eyas: ${text}`;
}

/**
 * Sends alerts to the socket of the local syslog daemon, one per message.
 * @param path path of the socket
 */
export function syslogOutput(line: Line, path = LOG): Output {
  const log = openSyslog(path);
  return {
    name: "syslog",
    deliver: (batch) =>
      inGroups(batch, 1, async ([alert]) =>
        alert === undefined ? delivered : log.send(severityOf[alert.priority], line(alert)),
      ),
    reopen: log.close,
    async close() {
      log.close();
    },
  };
}

/** A connection to the syslog daemon, opened at first use and reopened after a restart of the daemon. */
export interface Syslog {
  send(severity: number, text: string): Promise<Delivery>;
  close(): void;
}

export function openSyslog(path = LOG): Syslog {
  let socket: DatagramSocket | undefined;
  const close = (): void => {
    socket?.close();
    socket = undefined;
  };
  return {
    async send(severity, text) {
      const message = Buffer.from(syslogMessage(severity, text, new Date()));
      const { connectDatagram } = await import("../../transport/datagram.ts"); // load FFI only when it is needed
      for (let attempt = 0; attempt < 2; attempt++) {
        try {
          socket ??= connectDatagram(path);
        } catch (error) {
          return {
            outcome: "retry",
            reason: `cannot connect to the system log: ${reasonOf(error)}`,
            unreachable: true,
          };
        }
        const error = socket.send(message);
        if (error === undefined) return delivered;
        if (error === "EMSGSIZE")
          return { outcome: "rejected", reason: `a message of ${message.length} bytes is too large for ${path}` };
        if (error === "EAGAIN" || error === "ENOBUFS") return { outcome: "retry", reason: "the system log is full" };
        close(); // the daemon was restarted and has a new socket
      }
      return { outcome: "retry", reason: `no process listens on ${path}`, unreachable: true };
    },
    close,
  };
}
