import { createHash, randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { KubernetesClient } from "../client.ts";
import type { Path } from "../path.ts";

/** The client side of RFC 6455, as far as API servers require it: binary messages, no extensions. */

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Maximum size of a message, in bytes. */
const LONGEST_MESSAGE = 32 << 20;

const Opcode = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface WebSocketCall {
  readonly path: Path;
  readonly query: URLSearchParams;
  /** Subprotocols in order of preference. */
  readonly protocols: readonly string[];
  readonly signal: AbortSignal;
  /** Called with each message. */
  take(message: Buffer): void;
}

export interface WebSocket {
  /** Subprotocol that the server selected. */
  readonly protocol: string;
  send(message: Buffer): void;
  /** Closes the connection without waiting for the server. */
  close(): void;
  /** Resolves when the connection has ended; rejects if it broke. */
  readonly ended: Promise<void>;
}

/** @throws ApiError, or Error with a message for the user */
export async function openWebSocket(
  cluster: Pick<KubernetesClient, "upgrade">,
  { path, query, protocols, signal, take }: WebSocketCall,
): Promise<WebSocket> {
  const key = randomBytes(16).toString("base64");
  const asked = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": key,
    "sec-websocket-protocol": protocols.join(", "),
  };
  const { headers, socket, head } = await cluster.upgrade({ path, query, signal }, asked);
  const protocol = headers["sec-websocket-protocol"] ?? "";
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  if (headers["sec-websocket-accept"] !== accept || !protocols.includes(protocol)) {
    socket.destroy();
    throw new Error("the API server's WebSocket handshake is invalid or selects an unsupported subprotocol");
  }
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined); // the error is reported to callers that wait for `ended`
  const feed = frames({
    take,
    control(opcode, payload) {
      if (opcode === Opcode.ping) socket.write(frame(Opcode.pong, payload));
      if (opcode !== Opcode.close) return;
      socket.end(frame(Opcode.close, payload.subarray(0, 2)));
      resolve();
    },
  });
  const receive = (chunk: Buffer): void => {
    try {
      feed(chunk);
    } catch (error) {
      reject(error);
      socket.destroy();
    }
  };
  listen(socket, signal, { receive, resolve, reject });
  if (head.length > 0) receive(head);
  return {
    protocol,
    ended,
    send: (message) => void socket.write(frame(Opcode.binary, message)),
    close: () => void socket.end(frame(Opcode.close, Buffer.from([0x03, 0xe8])), () => socket.destroy()),
  };
}

interface Receiving {
  receive(chunk: Buffer): void;
  resolve(): void;
  reject(error: Error): void;
}

function listen(socket: Duplex, signal: AbortSignal, { receive, resolve, reject }: Receiving): void {
  const stop = (): void => void socket.destroy(new Error("the command did not finish in time"));
  socket.on("data", (chunk) => receive(Buffer.from(chunk)));
  socket.on("error", reject);
  socket.on("close", () => {
    signal.removeEventListener("abort", stop);
    resolve();
  });
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
}

/** Creates a masked client frame. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const whole = Buffer.alloc(6 + size + length);
  whole[0] = 0x80 | opcode;
  whole[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) whole.writeUInt16BE(length, 2);
  if (size === 8) whole.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  mask.copy(whole, 2 + size);
  for (let i = 0; i < length; i++) whole[6 + size + i] = payload.readUInt8(i) ^ mask.readUInt8(i & 3);
  return whole;
}

interface Sink {
  take(message: Buffer): void;
  control(opcode: number, payload: Buffer): void;
}

/**
 * Assembles messages from received bytes.
 * @returns a function that throws on invalid frames
 */
function frames({ take, control }: Sink): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let pieces: Buffer[] = [];
  let size = 0;

  /** Removes the next frame from the received bytes and returns it; undefined until the frame is complete. */
  function next(): { readonly opcode: number; readonly isLast: boolean; readonly payload: Buffer } | undefined {
    if (rest.length < 2) return undefined;
    const [first = 0, second = 0] = rest;
    if ((first & 0x70) !== 0 || (second & 0x80) !== 0) throw new Error("the API server sent an invalid frame");
    const short = second & 0x7f;
    const from = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (rest.length < from) return undefined;
    const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (length > LONGEST_MESSAGE) throw new Error("the API server's message is too long");
    if (rest.length < from + length) return undefined;
    const payload = rest.subarray(from, from + length);
    rest = rest.subarray(from + length);
    return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload };
  }

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let found = next(); found !== undefined; found = next()) {
      const { opcode, isLast, payload } = found;
      if (opcode >= Opcode.close) {
        control(opcode, payload);
        continue;
      }
      pieces.push(payload);
      size += payload.length;
      if (size > LONGEST_MESSAGE) throw new Error("the API server's message is too long");
      if (!isLast) continue;
      const message = Buffer.concat(pieces);
      pieces = [];
      size = 0;
      take(message);
    }
  };
}
