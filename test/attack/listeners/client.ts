import { connect, type Socket } from "node:net";

/** The address that a client connects to, and the requests that it may send. */
export interface Endpoint {
  readonly port: number;
  readonly path: string;
  /** The Authorization header of a valid client, with its line end; empty if no authorization is required. */
  readonly authorization: string;
}

export function endpointOf(url: string, token: string): Endpoint {
  const { port, pathname } = new URL(url);
  return {
    port: Number(port),
    path: pathname,
    authorization: token === "" ? "" : `authorization: Bearer ${token}\r\n`,
  };
}

/** Opens a connection that ignores errors and everything that it receives. */
export function open({ port }: Endpoint): Socket {
  return connect(port, "127.0.0.1")
    .on("error", () => {})
    .resume();
}

/**
 * Sends bytes over a new connection, and waits until it is closed.
 * @param deadline time after which the connection is closed, in milliseconds
 * @returns the status of the first response; 0 if there was no response
 */
export function send(endpoint: Endpoint, parts: readonly (string | Uint8Array)[], deadline: number): Promise<number> {
  return new Promise((resolve) => {
    const socket = open(endpoint);
    let answer = "";
    const timer = setTimeout(() => socket.destroy(), deadline);
    socket.on("data", (bytes) => {
      if (answer.length < 32) answer += bytes.toString("latin1");
      if (answer.length >= 12) socket.end();
    });
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0));
    });
    for (const part of parts) socket.write(part);
  });
}

/** Returns the bytes of a POST request. */
export function postOf(
  { path, authorization }: Endpoint,
  body: Uint8Array | string,
  headers = "content-type: application/json\r\n",
): readonly (string | Uint8Array)[] {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  return [
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${authorization}${headers}connection: close\r\ncontent-length: ${length}\r\n\r\n`,
    body,
  ];
}
