// Fulcio, Rekor, a certificate transparency log and a timestamp authority of @sigstore/mock, behind an HTTP server.
import { createHash, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  rekorV2Handler,
  tsaHandler,
} from "@sigstore/mock";

const keyPair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const ALWAYS = { start: "2020-01-01T00:00:00Z" };
const base64 = (bytes: ArrayBufferView): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

/** Services for keyless signing. */
export interface Services {
  /** Signing configuration with Fulcio and Rekor. */
  readonly signingConfig: string;
  /** Signing configuration that also has the timestamp authority. */
  readonly timestampedConfig: string;
  /** The trusted root that verifies their signatures. */
  readonly trustedRoot: string;
  /** Bodies of requests, by path. */
  readonly requests: [path: string, body: string][];
  /** If set, the response to all requests. */
  answer: { statusCode: number; response: string } | undefined;
  close(): void;
}

/** Starts services with new keys on a free port. */
export async function startServices(): Promise<Services> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ctlog = await initializeCTLog(keyPair());
  const ca = await initializeCA(keyPair(), ctlog);
  const tlog = await initializeTLog(url, keyPair());
  const clock = new Date();
  const tsa = await initializeTSA(keyPair(), clock);
  const handlers = [fulcioHandler(ca), rekorHandler(tlog), rekorV2Handler(tlog), tsaHandler(tsa)];
  const requests: [string, string][] = [];
  const services: Services = {
    signingConfig: signingConfig(url, false),
    timestampedConfig: signingConfig(url, true),
    trustedRoot: JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [log(url, tlog.publicKey)],
      ctlogs: [log(url, ctlog.publicKey)],
      certificateAuthorities: [authority(url, [ca.rootCertificate])],
      timestampAuthorities: [authority(url, [tsa.intCertificate, tsa.rootCertificate])],
    }),
    requests,
    answer: undefined,
    close: () => server.close(),
  };
  server.on("request", async (request, response) => {
    const body = await text(request);
    // DER drops the last zeros of a fraction (".12Z"), and @sigstore/core 4.0 reads only three digits or none.
    clock.setTime(Math.floor(Date.now() / 1000) * 1000);
    requests.push([request.url ?? "", body]);
    const handler = handlers.find(({ path }) => path === request.url);
    const result = services.answer ?? (await handler?.fn(body)) ?? { statusCode: 404, response: "" };
    const type = "contentType" in result ? result.contentType : undefined;
    response.writeHead(result.statusCode, { "Content-Type": type ?? "application/json" }).end(result.response);
  });
  return services;
}

/** Returns an identity token as a CI system issues it. No service of @sigstore/mock checks its signature. */
export function identityToken(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part({ aud: "sigstore", ...claims })}.c2VjcmV0LXNpZ25hdHVyZQ`;
}

function signingConfig(url: string, isTimestamped: boolean): string {
  const service = { url, majorApiVersion: 1, validFor: ALWAYS, operator: "test" };
  return JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service],
    rekorTlogUrls: [service],
    rekorTlogConfig: { selector: "ANY" },
    ...(isTimestamped && {
      tsaUrls: [{ ...service, url: `${url}/api/v1/timestamp` }],
      tsaConfig: { selector: "ANY" },
    }),
  });
}

function log(baseUrl: string, publicKey: Buffer): object {
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(publicKey), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor: ALWAYS },
    logId: { keyId: createHash("sha256").update(publicKey).digest("base64") },
  };
}

function authority(uri: string, certificates: readonly ArrayBufferView[]): object {
  return {
    subject: { organization: "sigstore.mock", commonName: "sigstore" },
    uri,
    certChain: { certificates: certificates.map((one) => ({ rawBytes: base64(one) })) },
    validFor: ALWAYS,
  };
}
