import type { Alert } from "../../../alert/alert.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson, type Facts } from "../../facts.ts";
import { delivered, type Output } from "../../output.ts";
import { inGroups } from "../../transport/in-groups.ts";
import { openTcp, openUdp, openUnix, type Sender } from "../../transport/sender.ts";
import { severityOf } from "../system-log/output.ts";
import { cef } from "./cef.ts";

export interface SyslogKeys {
  /** With `unix`, the path of a socket. */
  readonly host: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "tls" | "unix";
  readonly format: "json" | "cef" | "text";
  readonly facility: keyof typeof facilities;
  /** Whether the server's certificate has to be valid. */
  readonly checkcert: boolean;
  /** Paths of PEM files; empty: the authorities of the system, no client certificate. */
  readonly cacertfile: string;
  readonly certfile: string;
  readonly keyfile: string;
}

const facilities = {
  kern: 0,
  user: 1,
  daemon: 3,
  auth: 4,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

const lineOf: Readonly<Record<SyslogKeys["format"], (facts: Facts) => string>> = {
  json: eventJson,
  cef,
  text: ({ alert }) => alert.text,
};

/**
 * Alerts to a log server, a message of RFC 5424 each: over UDP a datagram, over TCP and TLS with its length before it
 * (RFC 6587, 5425), to a Unix socket as its kind requires. The protocol has no acknowledgements: over UDP losses go unnoticed,
 * over TCP messages in flight when a connection breaks are sent again.
 */
export function syslogRemote(keys: SyslogKeys): Output {
  const { protocol, format, facility } = keys;
  const wire = wireFor(keys);
  const whole = protocol === "udp" || protocol === "unix";
  return {
    name: "outputs.syslog",
    remote: true,
    deliver: (batch) =>
      inGroups(batch, 1, async ([alert]) => {
        if (alert === undefined) return delivered;
        const message = syslogLine(alert, facilities[facility], lineOf[format]);
        return wire.send(whole ? message : counted(message));
      }),
    ...(wire.unconfirmed && { unconfirmed: wire.unconfirmed }),
    reopen: wire.close,
    async close() {
      wire.close();
    },
  };
}

function wireFor({ host, port, protocol, checkcert, cacertfile, certfile, keyfile }: SyslogKeys): Sender {
  if (protocol === "udp") return openUdp(host, port);
  if (protocol === "unix") return openUnix(host, counted);
  if (protocol === "tcp") return openTcp(host, port, undefined);
  return openTcp(host, port, {
    authority: cacertfile,
    certificate: certfile,
    key: keyfile,
    check: checkcert,
  });
}

/** A message with its length before it. */
function counted(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** A message of RFC 5424 with the host of the alert. */
export function syslogLine(alert: Alert, facility: number, line: (facts: Facts) => string): Buffer {
  const facts = factsOf(alert);
  const time = `${facts.isoTime.slice(0, -4)}Z`; // microseconds are the most that the format has
  const host = facts.hostname.replace(/[^!-~]/g, "").slice(0, 255) || "-";
  const head = `<${facility * 8 + severityOf[alert.priority]}>1 ${time} ${host} eyas - alert -`;
  return Buffer.from(`${head} ${line(facts)}`);
}
