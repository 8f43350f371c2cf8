import type { Alert } from "../../../alert/alert.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson, type Facts } from "../../facts.ts";
import { delivered, type Output } from "../../output.ts";
import { inGroups } from "../../transport/in-groups.ts";
import { openTcp, openUdp, openUnix, type Sender } from "../../transport/sender.ts";
import { severityOf } from "../system-log/output.ts";
import { cef } from "./cef.ts";

export interface SyslogKeys {
  /** Host name; the path of a socket with `unix`. */
  readonly host: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "tls" | "unix";
  readonly format: "json" | "cef" | "text";
  readonly facility: keyof typeof facilities;
  /** Whether to verify the server's certificate. */
  readonly checkcert: boolean;
  /** Paths of PEM files. Empty: the CAs of the system and no client certificate. */
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
 * Sends alerts to a log server, one RFC 5424 message each: as datagrams over UDP, with a length prefix over TCP and TLS
 * (RFC 6587, 5425), or as required by the type of a Unix socket. Syslog has no acknowledgements. Over UDP, lost
 * messages are not detected. Over TCP, messages in flight on a broken connection are sent again.
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

/** Adds the length prefix to a message. */
function counted(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** Formats an RFC 5424 message with the host name of the alert. */
export function syslogLine(alert: Alert, facility: number, line: (facts: Facts) => string): Buffer {
  const facts = factsOf(alert);
  const time = `${facts.isoTime.slice(0, -4)}Z`; // RFC 5424 allows at most microseconds
  const host = facts.hostname.replace(/[^!-~]/g, "").slice(0, 255) || "-";
  const head = `<${facility * 8 + severityOf[alert.priority]}>1 ${time} ${host} eyas - alert -`;
  return Buffer.from(`${head} ${line(facts)}`);
}
