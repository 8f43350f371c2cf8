import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** Exec of the stand-in, which runs commands as processes of this machine. */
export interface ExecServer {
  /** Supported subprotocols, in order of preference. */
  protocols: readonly string[];
  /** `PATH` of programs, by container. */
  readonly paths: Map<string, string>;
  path: string;
  /** Received commands, with their containers. */
  readonly commands: { readonly container: string; readonly command: readonly string[]; readonly input: string }[];
  serve(request: IncomingMessage, socket: Duplex, query: URLSearchParams): void;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export function execServer(): ExecServer {
  const server: ExecServer = {
    protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io"],
    paths: new Map(),
    path: process.env.PATH ?? "",
    commands: [],
    serve(request, socket, query) {
      const { headers } = request;
      const offered = String(headers["sec-websocket-protocol"] ?? "").split(/,\s*/);
      const protocol = server.protocols.find((each) => offered.includes(each));
      const key = String(headers["sec-websocket-key"]);
      const isRight =
        headers.upgrade?.toLowerCase() === "websocket" &&
        headers["sec-websocket-version"] === "13" &&
        Buffer.from(key, "base64").length === 16;
      const command = query.getAll("command");
      if (protocol === undefined || !isRight || command.length === 0) {
        socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
      }
      const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`,
      );
      run(socket, protocol, query, command);
    },
  };

  function run(socket: Duplex, protocol: string, query: URLSearchParams, command: readonly string[]): void {
    const container = query.get("container") ?? "";
    const [program = "", ...words] = command;
    const said = { container, command, input: "" };
    server.commands.push(said);
    const say = (channel: number, data: Buffer): void =>
      void socket.write(frame(2, Buffer.concat([Buffer.of(channel), data])));
    const end = (status: object): void => {
      say(3, Buffer.from(JSON.stringify({ metadata: {}, ...status })));
      socket.write(frame(8, Buffer.of(0x03, 0xe8)));
    };
    const PATH = server.paths.get(container) ?? server.path;
    const child = spawn(program, words, {
      env: { PATH },
      stdio: [query.get("stdin") === "true" ? "pipe" : "ignore", "pipe", "pipe"],
    });
    if (query.get("stdout") === "true") child.stdout?.on("data", (data: Buffer) => say(1, data));
    if (query.get("stderr") === "true") child.stderr?.on("data", (data: Buffer) => say(2, data));
    child.stdin?.on("error", () => undefined); // it may not read all of its input
    child.on("error", () => {
      const message = `error executing command in container: exec: "${program}": executable file not found in $PATH`;
      end({ status: "Failure", message, reason: "InternalError", details: { causes: [{ message }] }, code: 500 });
    });
    child.on("close", (code) => {
      if (code === null || code < 0) return;
      if (code === 0) return end({ status: "Success" });
      const causes = [{ reason: "ExitCode", message: String(code) }];
      const message = `command terminated with non-zero exit code: exit status ${code}`;
      end({ status: "Failure", message, reason: "NonZeroExitCode", details: { causes } });
    });
    hear(socket, {
      message(data) {
        if (data[0] === 0) {
          said.input += data.subarray(1).toString("utf8");
          child.stdin?.write(data.subarray(1));
        } else if (data[0] === 255 && data[1] === 0 && protocol === "v5.channel.k8s.io") child.stdin?.end();
        else socket.destroy();
      },
      end() {
        child.kill();
        socket.end();
      },
    });
  }
  return server;
}

function hear(socket: Duplex, to: { message(data: Buffer): void; end(): void }): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("close", to.end);
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, Buffer.from(chunk)]);
    for (;;) {
      if (rest.length < 2) return;
      const [first = 0, second = 0] = rest;
      const short = second & 0x7f;
      const at = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (rest.length < at + 4) return;
      const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
      // Clients must mask frames; here, each frame is a whole message.
      if ((second & 0x80) === 0 || (first & 0xf0) !== 0x80) return void socket.destroy();
      if (rest.length < at + 4 + length) return;
      const mask = rest.subarray(at, at + 4);
      const data = Buffer.from(rest.subarray(at + 4, at + 4 + length).map((byte, i) => byte ^ (mask[i & 3] ?? 0)));
      rest = rest.subarray(at + 4 + length);
      if ((first & 0x0f) === 2) to.message(data);
      else if ((first & 0x0f) === 8) to.end();
      else if ((first & 0x0f) !== 10) return void socket.destroy();
    }
  });
}

/** Sends a message in two fragments with a ping between them, as servers may. */
function frame(opcode: number, payload: Buffer): Buffer {
  const half = payload.length >> 1;
  if (opcode !== 2 || half === 0) return piece(0x80 | opcode, payload);
  const ping = piece(0x89, Buffer.from("are you there"));
  return Buffer.concat([piece(opcode, payload.subarray(0, half)), ping, piece(0x80, payload.subarray(half))]);
}

function piece(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head =
    length < 126 ? Buffer.of(first, length) : length < 65_536 ? Buffer.of(first, 126, 0, 0) : Buffer.alloc(10);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) {
    head[0] = first;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
