import type { Document } from "../../event/document.ts";
import { actionOf } from "./action.ts";
import { type Ends, type EventKind, firewallDocument, MAX_PORT, objectOf, whole } from "./event.ts";
import type { Headed } from "./syslog-head.ts";
import { changed } from "./ulogd.ts";

/** Message of an ASA, such as `%ASA-4-106023: text`. FTD uses the same format. */
const MESSAGE = /%(ASA|FTD)-(?:[a-z]+-)?([0-7])-([0-9]{6}): (.*)$/;

/** `outside:192.0.2.7/45678` or `outside/192.0.2.7(45678)`, with optional interface, port and translated address. */
const END =
  /(?:\b([A-Za-z][\w.-]{0,47})[:/])?((?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{2,38})(?:\/([0-9]{1,5})|\(([0-9]{1,5})\))?(?:\s*\(([0-9a-fA-F.:]{2,40})\/([0-9]{1,5})\))?/g;

const ACTION = /\b(deny|denied|permitted|built|discarded|dropped|drop)\b/i;
const PROTOCOL = /\b(tcp|udp|icmp|icmp6|gre|esp|sctp)\b/i;
const LIST = /\b(?:access-group|access-list) "?([^\s"]{1,128})/;
const BYTES = /\bbytes ([0-9]{1,15})/;
const NUMBER = /\bconnection ([0-9]{1,10})\b/;

/** Parses a message of a Cisco ASA or FTD; undefined for any other line. */
export function readAsa({ time, host, rest }: Headed, received: bigint): Document | undefined {
  const message = MESSAGE.exec(rest);
  if (message === null) return undefined;
  const [, product, level, id, text = ""] = message;
  const found = [...text.slice(0, MOST).matchAll(END)]
    .slice(0, 2)
    .map(([, by, address, slash, brackets, to, toPort]) => ({
      ...{ by, address, to },
      port: whole(slash ?? brackets, MAX_PORT),
      toPort: whole(toPort, MAX_PORT),
    }));
  const [from, to] = found;
  const isFlow = from !== undefined && to !== undefined;
  const ends: Ends = isFlow
    ? {
        ...{ source: from.address, sourcePort: from.port, destination: to.address, destinationPort: to.port },
        protocol: PROTOCOL.exec(text)?.[1],
      }
    : {};
  return firewallDocument({
    time: time ?? received,
    ends,
    counts: { bytes: { there: whole(BYTES.exec(text)?.[1]) } },
    fw: {
      event: isFlow ? kindOf(text) : "log",
      action: actionOf(ACTION.exec(text)?.[1]),
      chain: LIST.exec(text)?.[1],
      in: from?.by,
      out: to?.by,
      conntrack_id: whole(NUMBER.exec(text)?.[1]),
      nat: objectOf({
        src_ip: from?.to && changed(from.to, from.address),
        src_port: from?.to && changed(from.toPort, from.port),
        dest_ip: to?.to && changed(to.to, to.address),
        dest_port: to?.to && changed(to.toPort, to.port),
      }),
      host,
      vendor: "Cisco",
      product,
      id,
      severity: SEVERITIES[Number(level)],
      message: text,
    },
    raw: rest,
  });
}

/** Number of characters at the start of the text that are searched for addresses. */
const MOST = 1024;

/** Severities from 0 to 10 (most severe), by syslog level. */
const SEVERITIES: readonly number[] = [10, 9, 8, 7, 5, 4, 2, 0];

function kindOf(text: string): EventKind {
  if (text.startsWith("Built")) return "new";
  return text.startsWith("Teardown") ? "end" : "packet";
}
