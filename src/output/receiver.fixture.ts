import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Alert } from "../alert/alert.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** A received request with its decompressed body. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Receiver {
  readonly url: string;
  readonly requests: Request[];
  stop(): Promise<void>;
}

/** Starts a server that records requests. `answer` may also respond itself and return undefined. */
export async function startReceiver(
  answer: (request: Request, response: ServerResponse) => Answer | undefined = () => ({}),
  tls?: { readonly cert: Buffer; readonly key: Buffer; readonly ca?: Buffer; readonly requestCert?: boolean },
): Promise<Receiver> {
  const requests: Request[] = [];
  const listen = async (incoming: import("node:http").IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const bytes = Buffer.concat(chunks);
    const body = incoming.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
    const request = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
      body: body.toString("utf8"),
    };
    requests.push(request);
    const given = answer(request, response);
    if (given !== undefined) response.writeHead(given.status ?? 200, given.headers).end(given.body ?? "");
  };
  const server: Server = tls ? createTlsServer({ ...tls, rejectUnauthorized: true }, listen) : createServer(listen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${isNet(address) ? address.port : 0}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isNet(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

/** Settings that all receivers share, with their defaults. */
export const common = { checkcert: true, mutualtls: false, customheaders: {}, timeout: 2000 } as const;

export const noCertificates: SharedCertificates = {
  tlsclient: { cacertfile: "" },
  mutualtlsclient: { certfile: "", keyfile: "", cacertfile: "" },
  mutualtlsfilespath: "/nothing",
};

/** Text with characters that require escaping. */
export const hostile =
  '"\'`\\ \r\nSet-Cookie: a=b\r\n\r\n{}\n{"create":{}}\n\u0000\u0001\u001b[31m\u2028 $(id) ;id| <!channel> <a href=x>&amp; [x](http://x) *b* %0d%0a ../?a=b#c ü𝄞';

/** An alert with fields. `said` is its message and part of its text fields. */
export function alertAbout(said: string, changes: Partial<Alert> = {}): Alert {
  const fields: Readonly<Record<string, unknown>> = {
    "evt.type": "execve",
    "k8s.ns.name": "shop",
    "proc.aname[2]": said,
    "proc.cmdline": said,
    "proc.name": "sh",
    "proc.pid": 4711,
  };
  const names = Object.keys(fields);
  const values = names.map((name) => JSON.stringify(fields[name]));
  const alert = {
    rule: "A shell",
    priority: "Warning",
    source: "syscall",
    tags: ["T1059", "mitre_execution"],
    time: 1_785_414_896_123_456_789n,
    message: said,
    text: `12:34:56.123456789: Warning ${said}`,
    json: JSON.stringify({ output: said, output_fields: fields }),
    parts: { hostname: "node-1", output: "%proc.cmdline", names, values },
    ...changes,
  } as const;
  return alert;
}
