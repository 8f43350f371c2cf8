import type { IncomingMessage, ServerResponse } from "node:http";
import type { TlsOptions } from "node:tls";
import { type Limits, listenFor } from "../server/listener.ts";
import type { Answerer } from "./answer.ts";
import { ApiError, badRequest } from "./api-error.ts";
import type { Assets } from "./assets.ts";
import { hostCheck } from "./host.ts";
import { BASE } from "./route.ts";
import { apiErrorOf, sendAnswer, sendAsset, sendRejection } from "./send.ts";

/** Listening address of the page. */
export interface PageAddress {
  readonly address: string;
  /** The port; 0 selects a free port. */
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly renewed?: () => TlsOptions | undefined;
  /** Allowed host names, in addition to IP addresses and `localhost`. */
  readonly hosts: readonly string[];
}

export interface OpenPage {
  readonly url: string;
  /** Number of connections closed because the limit was exceeded. */
  readonly evicted: number;
  close(): Promise<void>;
}

const LIMITS: Limits = {
  headerBytes: 16_384,
  headers: 64,
  headersTime: 5000,
  requestTime: 30_000,
  idleTime: 60_000,
  connections: 256,
};
/** Maximum length of a request URL, in characters. */
const MAX_URL = 8192;
/** Maximum time to wait for open requests when the page closes, in milliseconds. */
const CLOSE_TIMEOUT = 500;

/**
 * Serves the page and its API.
 * @throws Error with a message for the user if the address is in use or not local, or the certificate is invalid
 */
export async function servePage(place: PageAddress, answer: Answerer, assets: Assets): Promise<OpenPage> {
  const isOurs = hostCheck(place.hosts);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isApi = (request.url ?? "").startsWith(BASE);
    try {
      if (request.headers.host === undefined) throw badRequest("A Host header is required.");
      if (!isOurs(request)) throw new ApiError(421, "unknown_host", "Unknown host name; add it to web_page.hosts.");
      if ((request.url ?? "").length > MAX_URL)
        throw new ApiError(414, "too_long", `The URL is longer than ${MAX_URL} characters.`);
      const url = URL.parse(request.url ?? "", "http://here");
      if (url === null) throw badRequest("The URL of the request is invalid.");
      if (isApi) await sendAnswer(request, response, await answer(request, url, () => listener.trust(request)));
      else sendAsset(request, response, assets, url.pathname);
    } catch (error) {
      sendRejection(request, response, apiErrorOf(error), isApi);
    }
  }

  const listener = await listenFor(
    {
      address: place.address,
      port: place.port,
      tls: place.tls,
      ...(place.renewed && { renewed: place.renewed }),
      limits: LIMITS,
      name: "The web UI",
      keys: { address: "web_page.listen_address", port: "web_page.listen_port" },
    },
    (request, response) => void respond(request, response),
    () => {},
  );
  return {
    url: listener.url,
    get evicted() {
      return listener.evicted;
    },
    close: () => listener.close(CLOSE_TIMEOUT),
  };
}
