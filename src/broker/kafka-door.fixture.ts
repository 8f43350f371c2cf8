import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export interface DoorSettings {
  /** The only broker behind it: `host:port`. */
  readonly hostport: string;
  /** Who may come in; undefined: everybody. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer };
}

const METADATA = 3;
const HANDSHAKE = 17;
const API_VERSIONS = 18;
const AUTHENTICATE = 36;
const AUTHENTICATION_FAILED = 58;
const BROKER = 1;

/**
 * A door before librdkafka's mock broker, a stand-in for what that one lacks: TLS, signing in (PLAIN and SCRAM), and a controller,
 * which producers get their number from. Clients are told to come through the door.
 */
export async function openKafkaDoor({ hostport, user, tls }: DoorSettings) {
  const [host, port] = hostport.split(":");
  /** Requests so far, by their kind. */
  const asked = new Map<number, number>();
  let ownPort = 0;
  const enter = (client: Socket): void => {
    const broker = connect(Number(port), host);
    const waiting = new Map<number, { readonly kind: number; readonly version: number }>();
    let signing: Signing | undefined;
    let known = user === undefined;
    frames(client, (frame) => {
      const kind = frame.readInt16BE(4);
      const correlation = frame.readInt32BE(8);
      asked.set(kind, (asked.get(kind) ?? 0) + 1);
      const body = frame.subarray(14 + Math.max(0, frame.readInt16BE(12)));
      if (kind === HANDSHAKE && user) {
        signing = signIn(body.subarray(2).toString(), user);
        reply(client, correlation, Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1]), text(signing.mechanism)]));
      } else if (kind === AUTHENTICATE && signing) {
        const { good, done, answer } = signing.next(body.subarray(4).toString());
        known = good && done;
        const head = Buffer.alloc(2);
        head.writeInt16BE(good ? 0 : AUTHENTICATION_FAILED);
        const lifetime = Buffer.alloc(frame.readInt16BE(6) > 0 ? 8 : 0);
        reply(client, correlation, Buffer.concat([head, text(good ? "" : "not you"), bytes(answer), lifetime]));
      } else if (known || kind === API_VERSIONS) {
        waiting.set(correlation, { kind, version: frame.readInt16BE(6) });
        broker.write(frame);
      } else client.destroy();
    });
    frames(broker, (frame) => {
      const correlation = frame.readInt32BE(4);
      const request = waiting.get(correlation);
      waiting.delete(correlation);
      if (request?.kind === API_VERSIONS) reply(client, correlation, withSigningIn(frame.subarray(8)));
      else {
        if (request?.kind === METADATA) rewrite(frame, request.version, ownPort);
        client.write(frame);
      }
    });
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const)
      one.on("error", () => {}).on("close", () => other.destroy());
  };
  const server = tls
    ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, enter)
    : createServer(enter);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address === "object" && address !== null) ownPort = address.port;
  return {
    hostport: `127.0.0.1:${ownPort}`,
    /** How often producers asked for a number. */
    numbers: () => asked.get(22) ?? 0,
    close: () => void server.close(),
  };
}

function frames(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

function reply(client: Socket, correlation: number, body: Buffer): void {
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 4, 0);
  head.writeInt32BE(correlation, 4);
  client.write(Buffer.concat([head, body]));
}

function text(value: string): Buffer {
  const head = Buffer.alloc(2);
  head.writeInt16BE(value.length);
  return Buffer.concat([head, Buffer.from(value)]);
}

function bytes(value: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(value.length);
  return Buffer.concat([head, Buffer.from(value)]);
}

/** The kinds of requests that a broker knows, with those for signing in. */
function withSigningIn(body: Buffer): Buffer {
  const more = Buffer.alloc(12);
  for (const [i, value] of [HANDSHAKE, 0, 1, AUTHENTICATE, 0, 1].entries()) more.writeInt16BE(value, 2 * i);
  const end = 6 + 6 * body.readInt32BE(2);
  const whole = Buffer.concat([body.subarray(0, end), more, body.subarray(end)]);
  whole.writeInt32BE(body.readInt32BE(2) + 2, 2);
  return whole;
}

/** Makes the only broker the controller, and its port the door's. */
function rewrite(frame: Buffer, version: number, port: number): void {
  let at = version >= 3 ? 12 : 8;
  const skip = (): void => {
    at += 2 + Math.max(0, frame.readInt16BE(at));
  };
  at += 4 + 4; // their count, and the broker's number
  skip();
  frame.writeInt32BE(port, at);
  at += 4;
  if (version >= 1) skip();
  if (version >= 2) skip();
  if (version >= 1) frame.writeInt32BE(BROKER, at);
}

interface Signing {
  readonly mechanism: string;
  next(message: string): { readonly good: boolean; readonly done: boolean; readonly answer: string };
}

/** The server's side of RFC 4616 and RFC 5802. */
function signIn(mechanism: string, { name, password }: { readonly name: string; readonly password: string }): Signing {
  if (mechanism === "PLAIN")
    return {
      mechanism,
      next: (message) => ({ good: message === `\0${name}\0${password}`, done: true, answer: "" }),
    };
  const algorithm = mechanism === "SCRAM-SHA-512" ? "sha512" : "sha256";
  const hmac = (key: Buffer, value: string): Buffer => createHmac(algorithm, key).update(value).digest();
  const salted = pbkdf2Sync(password, "salt", 4096, algorithm === "sha512" ? 64 : 32, algorithm);
  let said = "";
  return {
    mechanism,
    next(message) {
      if (said === "") {
        const first = message.slice(3);
        const answer = `${/r=[^,]*/.exec(first)?.[0]}door,s=${Buffer.from("salt").toString("base64")},i=4096`;
        said = `${first},${answer}`;
        return { good: first.startsWith(`n=${name},`), done: false, answer };
      }
      const [unproved = "", proof = ""] = message.split(",p=");
      const key = hmac(salted, "Client Key");
      const signature = hmac(createHash(algorithm).update(key).digest(), `${said},${unproved}`);
      const good = Buffer.from(proof, "base64").equals(Buffer.from(key.map((byte, i) => byte ^ (signature[i] ?? 0))));
      const answer = `v=${hmac(hmac(salted, "Server Key"), `${said},${unproved}`).toString("base64")}`;
      return { good, done: true, answer };
    },
  };
}
