import { join } from "node:path";
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { toByteString } from "../../event/bytes.ts";
import type { Json, JsonObject } from "../../event/document.ts";

/** A gRPC client for a Unix socket. Responses are JSON values in which strings are byte strings. */
export interface GrpcClient {
  /**
   * @param method `package.Service/Method`
   * @returns undefined for NOT_FOUND
   * @throws Error with a message for the user
   */
  ask(method: string, request: object, headers?: Readonly<Record<string, string>>): Promise<JsonObject | undefined>;
  /**
   * Reads a stream of messages until it ends or `signal` is aborted.
   * @param begun called when the server has probably accepted the stream, and again for each message
   */
  follow(
    method: string,
    request: object,
    begun: () => void,
    take: (message: JsonObject) => void,
    signal: AbortSignal,
  ): Promise<void>;
  close(): void;
}

/** Maximum size of a response, in bytes. */
const LONGEST_ANSWER = 16 << 20;

/** Time without an error after which a stream counts as accepted, in milliseconds. */
const BEGUN_AFTER = 200;

/** @param files names of `.proto` files in this directory */
export function grpcClient(socket: string, files: readonly string[], timeout: number): GrpcClient {
  const definitions = loadSync(
    files.map((name) => join(import.meta.dirname, name)),
    { keepCase: true, longs: String, enums: String, defaults: true },
  );
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": LONGEST_ANSWER,
    "grpc.default_authority": "localhost",
  });

  function find(method: string): MethodDefinition<object, object> {
    const [service = "", name = ""] = method.split("/");
    const definition = definitions[service];
    const found = definition === undefined || "format" in definition ? undefined : definition[name];
    if (found === undefined) throw new Error(`${method} is not defined`);
    return found;
  }

  return {
    ask(method, request, headers = {}) {
      const { path, requestSerialize, responseDeserialize } = find(method);
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      const deadline = Date.now() + timeout;
      return new Promise((resolve, reject) => {
        const answer = (error: ServiceError | null, value?: object): void => {
          if (error === null) resolve(asObject(value));
          else if (error.code === status.NOT_FOUND) resolve(undefined);
          else reject(new Error(sentenceOf(error)));
        };
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, answer);
      });
    },
    follow(method, request, begun, take, signal) {
      const { path, requestSerialize, responseDeserialize } = find(method);
      return new Promise((resolve, reject) => {
        if (signal.aborted) return resolve();
        // gRPC does not report that the server accepted a stream before the first message arrives.
        const soon = setTimeout(begun, BEGUN_AFTER);
        const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, {});
        const cancel = (): void => call.cancel();
        signal.addEventListener("abort", cancel, { once: true });
        const end = (error?: ServiceError): void => {
          signal.removeEventListener("abort", cancel);
          clearTimeout(soon);
          if (error === undefined || signal.aborted) resolve();
          else reject(new Error(sentenceOf(error)));
        };
        call.on("metadata", begun);
        call.on("data", (message: object) => {
          begun();
          take(asObject(message));
        });
        call.on("error", end);
        call.on("end", () => end());
      });
    },
    close() {
      client.close();
    },
  };
}

function sentenceOf({ code, details }: ServiceError): string {
  return `${status[code] ?? code}: ${details}`;
}

function asObject(value: object | undefined): JsonObject {
  const converted: [string, Json][] = Object.entries(value ?? {}).map(([name, each]) => [
    toByteString(name),
    plain(each),
  ]);
  return Object.fromEntries(converted);
}

/** Converts strings and bytes to byte strings. */
function plain(value: unknown): Json {
  if (typeof value === "string") return toByteString(value);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === "object" && value !== null ? asObject(value) : null;
}
