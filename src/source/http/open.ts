import { existsSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import type { CertificateSettings } from "../../server/authentication.ts";
import { certificateRenewals, checkToken, readCertificates } from "../../server/credentials.ts";
import { type Endpoint, type IntakeServer, openIntake } from "../../server/intake.ts";
import { countRejected, type Feed, type FeedCounts, newCounts } from "../feed.ts";
import { FeedError, type FeedRequest, type OriginSettings } from "../origin/descriptor.ts";
import type { HttpOrigin, httpKeys } from "../origin/http.ts";
import { JSON_TYPES, PARSE_FACTOR, receiveDocuments, receiveInParts } from "./receive.ts";

/** A request to open an HTTP listener for a source. */
export type HttpFeedRequest = FeedRequest<HttpOrigin, OriginSettings<typeof httpKeys>>;

/** An open HTTP listener of a source. */
export interface HttpFeed extends Feed {
  /** URL of the listener, such as `http://127.0.0.1:9765/k8s-audit`. */
  readonly url: string;
  /** Number of responses sent, by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Number of connections that were closed because there were too many. */
  readonly evicted: () => number;
}

const BODY_TOO_LARGE = "body_too_large";

/** Requests with the same host and port, which share a server. */
type Group = readonly [HttpFeedRequest, ...(readonly HttpFeedRequest[])];

/**
 * Opens HTTP listeners. Listeners with the same address share a server. When the last listener of a server closes, the
 * server waits a few seconds for requests in progress, and responds to those whose events are evaluated by then.
 * @returns the listeners in the order of `requests`
 * @throws FeedError if a listener cannot be opened, after closing the others
 */
export async function openHttpFeeds(requests: readonly HttpFeedRequest[]): Promise<readonly HttpFeed[]> {
  const open = new Map<HttpFeedRequest, HttpFeed>();
  const servers: IntakeServer[] = [];
  try {
    for (const group of byAddress(requests)) await openGroup(group, open, servers);
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error instanceof Error && !(error instanceof FeedError) ? new FeedError(error.message) : error;
  }
  return requests.flatMap((request) => open.get(request) ?? []);
}

async function openGroup(group: Group, open: Map<HttpFeedRequest, HttpFeed>, servers: IntakeServer[]): Promise<void> {
  const [{ origin, keys, settings }] = group;
  const counts = new Map(group.map((request) => [request, newCounts(request.origin.text)]));
  const paths = new Map<string, Endpoint>();
  for (const request of group) {
    const { path, text } = request.origin;
    if (paths.has(path)) throw new FeedError(`Two sources have the same HTTP address: ${text}.`);
    paths.set(path, pathFor(request, counts.get(request) ?? newCounts(text)));
  }
  const server = await openIntake(
    {
      address: onThisMachine(origin.host),
      port: origin.port,
      tls: certificatesOf(group),
      renewed: certificateRenewals(settings, keys),
      maxRate: Math.max(...group.map(({ settings }) => settings.max_rate)),
      name: `The HTTP listener of ${keys}`,
      keys: { address: `${keys}.from`, port: `${keys}.from` },
    },
    paths,
  );
  servers.push(server);
  let left = group.length;
  for (const request of group) {
    const { path, text } = request.origin;
    let closed: Promise<void> | undefined;
    open.set(request, {
      url: server.url + path,
      counts: counts.get(request) ?? newCounts(text),
      answers: server.answers.get(path) ?? new Map(),
      evicted: () => server.evicted,
      close() {
        closed ??= --left === 0 ? server.close() : Promise.resolve();
        return closed;
      },
    });
  }
}

/** Returns the address to listen on: `0.0.0.0` instead of `::` on a machine without IPv6. */
function onThisMachine(host: string): string {
  return host === "::" && !existsSync("/proc/net/if_inet6") ? "0.0.0.0" : host;
}

function pathFor(request: HttpFeedRequest, counts: FeedCounts): Endpoint {
  const { settings, keys, intake, bodyTooLarge } = request;
  const { split, parts } = request.reader;
  counts.refused.set(BODY_TOO_LARGE, 0); // Prometheus requires an initial value to compute an increase
  const options = { split, ...(parts && { parts }), intake, counts, maxEvent: settings.max_event };
  return {
    types: JSON_TYPES,
    parseFactor: PARSE_FACTOR,
    maxBody: settings.max_body,
    check: checkToken(settings, keys),
    handle: ({ body, type }) => receiveDocuments(options, body, type),
    ...(parts && { handleInParts: ({ body }, reserve) => receiveInParts(options, body, reserve) }),
    tooLarge(body) {
      countRejected(counts, BODY_TOO_LARGE);
      bodyTooLarge?.(body);
    },
  };
}

/** Returns the certificates of a server, which must be the same for all of its sources. */
function certificatesOf([first, ...others]: Group): TlsOptions | undefined {
  const { origin, keys, settings } = first;
  for (const other of others) {
    const same = other.origin.tls === origin.tls && identity(other.settings) === identity(settings);
    if (!same)
      throw new FeedError(
        `${other.origin.text} has the same address as ${origin.text}, but different certificates: both must use the same certificates.`,
      );
  }
  if (origin.tls && settings.certificate === "")
    throw new FeedError(`${origin.text} requires a certificate: set ${keys}.certificate.`);
  return readCertificates(origin.tls ? settings : { ...settings, certificate: "" }, keys);
}

function identity({ certificate, key, client_authority }: CertificateSettings): string {
  return JSON.stringify([certificate, key, client_authority]);
}

function byAddress(requests: readonly HttpFeedRequest[]): Group[] {
  const groups = new Map<string, [HttpFeedRequest, ...HttpFeedRequest[]]>();
  for (const [i, request] of requests.entries()) {
    const { host, port } = request.origin;
    // With port 0, each listener gets its own port.
    const key = port === 0 ? `free ${i}` : `${host} ${port}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [request]);
    else group.push(request);
  }
  return [...groups.values()];
}
