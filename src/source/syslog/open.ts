import type { TlsOptions } from "node:tls";
import { readCertificates } from "../../server/credentials.ts";
import { closeAll, type Feed } from "../feed.ts";
import type { certificateKeys } from "../origin/certificate-keys.ts";
import { FeedError, type FeedRequest, type OriginSettings } from "../origin/descriptor.ts";
import type { SyslogOrigin } from "../origin/syslog.ts";
import { openListener } from "../stream/listen.ts";
import { openUdp, openUnixPackets } from "../stream/packets.ts";
import { decodeJsonInSyslog } from "./decode.ts";
import { openFrames } from "./frames.ts";

type Request = FeedRequest<SyslogOrigin, OriginSettings<typeof certificateKeys>>;

/** Opens all syslog listeners or none. */
export async function openSyslogFeeds(requests: readonly Request[]): Promise<readonly Feed[]> {
  const feeds: Feed[] = [];
  try {
    for (const request of requests) feeds.push(await openOne(request));
  } catch (error) {
    await closeAll(feeds);
    throw error instanceof Error && !(error instanceof FeedError) ? new FeedError(error.message) : error;
  }
  return feeds;
}

async function openOne(request: Request): Promise<Feed> {
  const { origin, settings, reader, intake } = request;
  const most = settings.max_event;
  // Firewall messages are decoded together with their syslog header.
  const decode = reader.syslog?.(most) ?? reader.lines?.(most) ?? decodeJsonInSyslog(reader.split, most);
  const shape = { from: origin.text, decode, most };
  if (origin.over === "udp") return openUdp(shape, origin, intake);
  if (origin.over === "unix") return openUnixPackets(shape, origin.path, intake);
  const tls = origin.over === "tls" ? certificatesOf(request) : undefined;
  const place = "path" in origin ? { path: origin.path } : { host: origin.host, port: origin.port };
  return openListener({ ...shape, place, ...(tls && { tls }), frame: openFrames }, intake);
}

/** Returns the TLS options. With a client CA, senders without a valid certificate are rejected during the handshake. */
function certificatesOf({ origin, settings, keys }: Request): TlsOptions {
  const certificates = readCertificates(settings, keys);
  if (certificates === undefined)
    throw new FeedError(`${origin.text} requires a certificate: set ${keys}.certificate.`);
  return { ...certificates, rejectUnauthorized: true, minVersion: "TLSv1.2" };
}
