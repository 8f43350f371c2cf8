import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { createRequire } from "node:module";

/** A stand-in for Lambda with functions whose files export `handler`. */
export interface LambdaFront {
  readonly url: string;
  /** Paths of the function files, by name. */
  readonly functions: Map<string, string>;
  readonly asked: { readonly path: string; readonly headers: IncomingMessage["headers"]; readonly body: string }[];
  stop(): Promise<void>;
}

export const awsKeys = {
  access_key_id: "AKIDEXAMPLE",
  secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
} as const;

interface Signer {
  sign(request: object, options: { readonly signingDate: Date }): Promise<{ headers: Record<string, string> }>;
}

/** The signer of the AWS SDK, as the reference. */
// The types of this dependency of the S3 client are not installed; this type follows its documentation.
const sdk = createRequire(import.meta.resolve("@aws-sdk/client-s3"))("@smithy/signature-v4") as {
  readonly SignatureV4: new (options: object) => Signer;
};

/** A hash implementation for the SDK. */
class Sha256 {
  private readonly hash;
  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}

/** Returns the signature of a request, computed by the AWS SDK. */
export async function sdkSignature(
  request: { readonly method: string; readonly url: URL; readonly headers: object; readonly body: string },
  session: string | undefined,
  when: Date,
): Promise<string> {
  const { method, url, headers, body } = request;
  const signer = new sdk.SignatureV4({
    service: "lambda",
    region: "eu-central-1",
    sha256: Sha256,
    applyChecksum: false,
    credentials: {
      accessKeyId: awsKeys.access_key_id,
      secretAccessKey: awsKeys.secret_access_key,
      ...(session !== undefined && { sessionToken: session }),
    },
  });
  const query = Object.fromEntries(url.searchParams);
  const asked = { method, hostname: url.hostname, path: url.pathname, query, headers: { ...headers }, body };
  const signed = await signer.sign({ protocol: "http:", ...asked }, { signingDate: when });
  return signed.headers.authorization!;
}

/**
 * A stand-in for Lambda's Invoke API that runs functions. It checks path, query, headers, and the signature against
 * that of the AWS SDK, and rejects everything else.
 * @param runFunction runs the function in a file
 */
export async function startLambda(
  runFunction: (file: string, event: unknown) => Promise<unknown>,
): Promise<LambdaFront> {
  const front: LambdaFront = {
    url: "",
    functions: new Map(),
    asked: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answerTo(request: IncomingMessage, body: string): Promise<Reply> {
    const url = new URL(request.url ?? "", `http://${request.headers.host}`);
    const { authorization = "", "x-amz-date": time = "", "x-amz-invocation-type": type } = request.headers;
    const signed = /SignedHeaders=([a-z0-9;-]+),/.exec(authorization)?.[1]?.split(";") ?? [];
    const must = ["host", ...Object.keys(request.headers).filter((name) => name.startsWith("x-amz-"))];
    if (must.some((name) => !signed.includes(name))) return error(403, "MissingAuthenticationToken");
    const when = new Date(String(time).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
    if (!(Math.abs(Date.now() - when.getTime()) < 300_000)) return error(403, "SignatureExpired");
    const headers = Object.fromEntries(signed.map((name) => [name, request.headers[name]]));
    const asked = { method: request.method ?? "", url, headers, body };
    if ((await sdkSignature(asked, undefined, when)) !== authorization) return error(403, "InvalidSignature");
    const found = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url.pathname);
    if (found === null || request.method !== "POST") return error(404, "NotFound");
    if ([...url.searchParams.keys()].some((name) => name !== "Qualifier")) return error(400, "InvalidParameterValue");
    const file = front.functions.get(decodeURIComponent(found[1]!));
    const version = url.searchParams.get("Qualifier") ?? "$LATEST";
    if (file === undefined || !["$LATEST", "live"].includes(version)) return error(404, "ResourceNotFoundException");
    const event: unknown = JSON.parse(body);
    if (type === "DryRun") return { status: 204 };
    const run = () => runFunction(file, event);
    if (type === "Event") {
      run().catch(() => {});
      return { status: 202 };
    }
    if (type !== "RequestResponse") return error(400, "InvalidParameterValue");
    try {
      return { status: 200, body: JSON.stringify(await run()) };
    } catch (thrown) {
      return { status: 200, body: JSON.stringify(thrown), headers: { "x-amz-function-error": "Unhandled" } };
    }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString("utf8");
    front.asked.push({ path: request.url ?? "", headers: request.headers, body });
    const { status, headers, body: text = "" } = await answerTo(request, body);
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(front, { url: `http://127.0.0.1:${port}` });
}

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function error(status: number, name: string): Reply {
  const headers = { "x-amzn-errortype": name };
  return { status, headers, body: JSON.stringify({ Type: "User", Message: name }) };
}
