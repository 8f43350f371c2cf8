import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import kafkajs, { type Kafka } from "kafkajs";
import type { TlsOptions } from "../tls.ts";
import { skipUndecodableBatches } from "./kafka-batches.ts";
import { letIdleSleep } from "./kafka-idle.ts";
import { unpackLz4 } from "./lz4.ts";
import { unpackSnappy } from "./snappy.ts";

/** Address and credentials of a Kafka cluster. */
export interface KafkaAccess {
  /** Bootstrap brokers, `host:port` or `host`. Each entry may contain several brokers, separated by commas. */
  readonly hostport: readonly string[];
  readonly sasl: "none" | "plain" | "scram_sha256" | "scram_sha512";
  readonly username: string;
  readonly password: string;
  readonly clientid: string;
  /** Timeout for a connection, for authentication, and for a response, in milliseconds. */
  readonly timeout: number;
}

const DEFAULT_PORT = 9092;

letIdleSleep();
skipUndecodableBatches();

const { CompressionCodecs, CompressionTypes } = kafkajs;
/** Maximum size of a decompressed batch, in bytes. A small batch may expand to any size. */
const MOST_UNPACKED = 128 << 20;

type Pack = (bytes: Buffer) => Buffer | Promise<Buffer>;

function codec(pack: Pack, unpack: (packed: Buffer, most: number) => Buffer) {
  return () => ({
    compress: async ({ buffer }: { readonly buffer: Buffer }) => pack(buffer),
    decompress: async (packed: Buffer) => unpack(packed, MOST_UNPACKED),
  });
}

/** Used only for compression, because this package aborts the process if compressed input is damaged. */
const wasm = () => import("@platformatic/wasm-utils");

CompressionCodecs[CompressionTypes.GZIP] = codec(gzipSync, (packed, most) =>
  gunzipSync(packed, { maxOutputLength: most }),
);
CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdCompressSync, (packed, most) =>
  zstdDecompressSync(packed, { maxOutputLength: most }),
);
CompressionCodecs[CompressionTypes.Snappy] = codec(async (bytes) => (await wasm()).snappyCompress(bytes), unpackSnappy);
CompressionCodecs[CompressionTypes.LZ4] = codec(async (bytes) => (await wasm()).lz4Compress(bytes), unpackLz4);

/** Creates a client that does not log and makes at most two attempts. Callers retry. */
export function openKafka(access: KafkaAccess, tls: TlsOptions | undefined): Kafka {
  const { username, password, timeout, sasl } = access;
  const mechanism = {
    none: undefined,
    plain: { mechanism: "plain", username, password },
    scram_sha256: { mechanism: "scram-sha-256", username, password },
    scram_sha512: { mechanism: "scram-sha-512", username, password },
  } as const;
  const chosen = mechanism[sasl];
  return new kafkajs.Kafka({
    brokers: brokersOf(access),
    clientId: access.clientid,
    connectionTimeout: timeout,
    authenticationTimeout: timeout,
    requestTimeout: timeout,
    retry: { retries: 1, initialRetryTime: 100 },
    logLevel: kafkajs.logLevel.NOTHING,
    ...(tls && { ssl: { ...tls } }),
    ...(chosen && { sasl: chosen }),
  });
}

export function brokersOf({ hostport }: Pick<KafkaAccess, "hostport">): string[] {
  const all = hostport.flatMap((each) => each.split(",")).map((each) => each.trim());
  return all.filter((each) => each !== "").map((each) => (/:\d+$/.test(each) ? each : `${each}:${DEFAULT_PORT}`));
}

/** Kafka's name for an error, such as `MESSAGE_TOO_LARGE`; empty if it has none. */
export function kafkaError(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("type" in error && typeof error.type === "string") return error.type;
  return kafkaError(error.cause);
}
