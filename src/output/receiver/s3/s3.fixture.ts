import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { crc32, gunzipSync } from "node:zlib";

export const accessKey = {
  accesskeyid: "AKIDEXAMPLE",
  secretaccesskey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
} as const;

/** A stored object with its decompressed content. */
export interface Kept {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * A stand-in for S3 that accepts only PUT requests for objects. It verifies the signature (version 4, over headers and
 * content), the time and the checksums like S3, and responds to invalid requests with S3's errors.
 */
export interface Bucket {
  readonly url: string;
  readonly objects: Map<string, Kept>;
  /** Number of times the object was written. */
  puts: number;
  /** Returns an error response (status, code, headers) instead of the stand-in's response. */
  interrupt: () => { status: number; code: string; headers?: Readonly<Record<string, string>> } | undefined;
  stop(): Promise<void>;
}

export async function startBucket(
  name: string,
  tls?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<Bucket> {
  const bucket: Bucket = {
    url: "",
    objects: new Map(),
    puts: 0,
    interrupt: () => undefined,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const listen = async (request: IncomingMessage, response: import("node:http").ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    const own = bucket.interrupt();
    const trouble = own ?? objection(request, body, name);
    if (trouble !== undefined) {
      const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${trouble.code}</Code><Message>So it is, ${accessKey.accesskeyid}</Message></Error>`;
      response.writeHead(trouble.status, { "content-type": "application/xml", ...own?.headers }).end(text);
      return;
    }
    const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]));
    const text = (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("utf8");
    bucket.objects.set(decodeURIComponent((request.url ?? "").slice(`/${name}/`.length).split("?")[0] ?? ""), {
      headers,
      text,
    });
    bucket.puts++;
    response.writeHead(200, { etag: `"${createHash("md5").update(body).digest("hex")}"` }).end();
  };
  const server = tls ? createTlsServer(tls, listen) : createServer(listen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(bucket, { url: `${tls ? "https" : "http"}://127.0.0.1:${port}` });
}

const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: Buffer | string, data: string): Buffer => createHmac("sha256", key).update(data).digest();

function objection(request: IncomingMessage, body: Buffer, name: string): { status: number; code: string } | undefined {
  const header = (key: string): string => String(request.headers[key] ?? "");
  const url = new URL(request.url ?? "", "http://bucket");
  if (request.method !== "PUT") return { status: 405, code: "MethodNotAllowed" };
  if (!url.pathname.startsWith(`/${name}/`)) return { status: 404, code: "NoSuchBucket" };
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      header("authorization"),
    );
  if (found === null) return { status: 403, code: "AccessDenied" };
  const [, id, date = "", region = "", signed = "", signature] = found;
  if (id !== accessKey.accesskeyid) return { status: 403, code: "InvalidAccessKeyId" };
  const time = header("x-amz-date");
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!time.startsWith(date) || !(Math.abs(Date.now() - at) < 900_000))
    return { status: 403, code: "RequestTimeTooSkewed" };
  const content = header("x-amz-content-sha256");
  const names = signed.split(";");
  const must = ["host", ...Object.keys(request.headers).filter((key) => key.startsWith("x-amz-"))];
  if (must.some((key) => !names.includes(key))) return { status: 403, code: "AccessDenied" };
  const canonical = [
    "PUT",
    url.pathname,
    [...url.searchParams]
      .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
      .sort()
      .join("&"),
    ...names.map((key) => `${key}:${header(key).trim().replace(/ +/g, " ")}`),
    "",
    signed,
    content,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, `${date}/${region}/s3/aws4_request`, sha256(canonical)].join("\n");
  const key = [date, region, "s3", "aws4_request"].reduce<Buffer | string>(hmac, `AWS4${accessKey.secretaccesskey}`);
  if (hmac(key, toSign).toString("hex") !== signature) return { status: 403, code: "SignatureDoesNotMatch" };
  if (content !== sha256(body)) return { status: 400, code: "XAmzContentSHA256Mismatch" };
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  if (header("x-amz-checksum-crc32") !== sum.toString("base64")) return { status: 400, code: "BadDigest" };
  return undefined;
}
