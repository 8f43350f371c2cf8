import type { TlsOptions } from "node:tls";
import { readCertificates } from "../../server/credentials.ts";
import type { Feed } from "../../source/feed.ts";
import { openListener } from "../../source/stream/listen.ts";
import { openUdp, openUnixPackets } from "../../source/stream/packets.ts";
import { decodeJsonInSyslog } from "../../source/syslog/decode.ts";
import { openFrames } from "../../source/syslog/frames.ts";
import { Failure } from "../failure.ts";
import { closeAll, type OpenFeed, type OpenFeeds, type WantedFeed } from "./feeds.ts";

/** Opens places where syslog is sent to. */
export const openSyslog: OpenFeeds = (wanted) =>
  oneByOne(wanted, (one) => {
    const { origin, settings, reader, intake } = one;
    if (origin.kind !== "syslog") return undefined;
    const most = settings.max_event;
    // Firewalls' lines are read with what syslog puts in front of them.
    const decode = reader.syslog?.(most) ?? reader.lines?.(most) ?? decodeJsonInSyslog(reader.split, most);
    const shape = { from: origin.text, decode, most };
    if (origin.over === "udp") return openUdp(shape, origin, intake);
    if (origin.over === "unix") return openUnixPackets(shape, origin.path, intake);
    const tls = origin.over === "tls" ? certificatesOf(one) : undefined;
    const place = "path" in origin ? { path: origin.path } : { host: origin.host, port: origin.port };
    return openListener({ ...shape, place, ...(tls && { tls }), frame: openFrames }, intake);
  });

/** Who sends without the right certificate is let go during the handshake: there is no other answer in syslog. */
function certificatesOf({ origin, settings, keys }: WantedFeed): TlsOptions {
  const certificates = readCertificates(settings, keys);
  if (certificates === undefined) throw new Failure(`${origin.text} takes a certificate: ${keys}.certificate.`);
  return { ...certificates, rejectUnauthorized: true, minVersion: "TLSv1.2" };
}

/** Opens one after the other, all or none. */
async function oneByOne(
  wanted: readonly WantedFeed[],
  open: (one: WantedFeed) => Promise<Feed> | undefined,
): Promise<readonly OpenFeed[]> {
  const feeds: Feed[] = [];
  try {
    for (const one of wanted) {
      const feed = await open(one);
      if (feed !== undefined) feeds.push(feed);
    }
  } catch (error) {
    await closeAll(feeds);
    throw error instanceof Error && !(error instanceof Failure) ? new Failure(error.message) : error;
  }
  return feeds;
}
