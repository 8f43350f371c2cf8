import { randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { endChild } from "../../../../test/parts/child.ts";
import { startMoto } from "../../../../test/parts/moto/parts.ts";
import { needs } from "../../../../test/parts/needs.ts";
import { alertAbout, hostile, noCertificates } from "../../receiver.fixture.ts";
import { makeCertificates } from "../../transport/certificates.fixture.ts";
import { type S3Keys, s3Output } from "./output.ts";
import { accessKey, type Bucket, startBucket } from "./s3.fixture.ts";

const keys: S3Keys = {
  bucket: "alerts",
  prefix: "falco",
  endpoint: "",
  pathstyle: true,
  layout: "batch",
  enablecompression: true,
  batchsize: 8_388_608,
  interval: 0,
  objectcannedacl: "bucket-owner-full-control",
  checkcert: true,
  timeout: 5000,
};

const running: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

async function start(tls?: Parameters<typeof startBucket>[1]): Promise<Bucket> {
  const bucket = await startBucket("alerts", tls);
  running.push(bucket);
  return bucket;
}

function open(endpoint: string, changes: Partial<S3Keys> = {}, certificates = noCertificates) {
  const aws = { ...accessKey, region: "eu-central-1", s3: { ...keys, endpoint, ...changes } };
  const output = s3Output(aws, certificates);
  running.push({ stop: () => output.close() });
  return output;
}

const linesOf = (text: string): Readonly<Record<string, unknown>>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const NANOSECONDS_OF_A_DAY = 86_400_000_000_000n;

describe("a strict stand-in, which checks signature, content and checksum", () => {
  test("a batch is one object with a line per alert, and a retry overwrites it", async () => {
    const bucket = await start();
    const batch = ["one", hostile, "three"].map((said) => alertAbout(said));
    const output = open(bucket.url);
    expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
    expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
    expect(bucket.puts).toBe(2);
    const [[key, { headers, text }] = ["", { headers: {}, text: "" }], ...others] = [...bucket.objects];
    expect(others).toEqual([]);
    expect(key).toMatch(/^falco\/2026-07-30\/123456\.123456789Z-[\da-f]{32}\.ndjson\.gz$/);
    expect(headers).toMatchObject({
      "content-type": "application/x-ndjson",
      "content-encoding": "gzip",
      "x-amz-acl": "bucket-owner-full-control",
    });
    expect(linesOf(text)).toMatchObject([
      { rule: "A shell", uuid: expect.any(String), output_fields: { "proc.cmdline": "one", "proc.pid": 4711 } },
      { output_fields: { "proc.cmdline": hostile } },
      { output_fields: { "proc.cmdline": "three" } },
    ]);
  });

  test("different alerts are stored in different objects, even if the first and last alerts are the same", async () => {
    const bucket = await start();
    const [a, b, c] = ["a", "b", "c"].map((said) => alertAbout(said));
    if (a === undefined || b === undefined || c === undefined) throw new Error("there are three");
    const output = open(bucket.url, { enablecompression: false, objectcannedacl: "none" });
    await output.deliver([a, b, c]);
    await output.deliver([a, c]);
    expect([...bucket.objects.values()].map(({ text }) => linesOf(text).length)).toEqual([3, 2]);
    expect([...bucket.objects.values()][0]?.headers).not.toHaveProperty("x-amz-acl");
  });

  test("an object contains alerts of one day, up to the maximum size", async () => {
    const bucket = await start();
    const late = { time: alertAbout("").time + NANOSECONDS_OF_A_DAY };
    const long = "x".repeat(600);
    const batch = [alertAbout("a"), alertAbout("b", late), ...[1, 2, 3].map((i) => alertAbout(`${i}${long}`, late))];
    expect(await open(bucket.url, { batchsize: 4096 }).deliver(batch)).toEqual({ outcome: "delivered" });
    const found = [...bucket.objects].map(([key, { text }]) => [
      key.slice(6, 16),
      linesOf(text).length,
      text.length < 4096,
    ]);
    expect(found.slice(0, 1)).toEqual([["2026-07-30", 1, true]]);
    expect(found.length).toBeGreaterThan(2);
    expect(found.slice(1).every(([day, , fits]) => day === "2026-07-31" && fits)).toBe(true);
    expect(found.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(5);
  });

  test("with Falcosidekick's layout, each alert has an object below its day, even if times are equal", async () => {
    const bucket = await start();
    const batch = [alertAbout("x"), alertAbout("y")];
    await open(bucket.url, { layout: "falcosidekick", prefix: "/a b+ü/" }).deliver(batch);
    const names = [...bucket.objects.keys()];
    expect(names).toHaveLength(2);
    for (const name of names)
      expect(name).toMatch(/^a b\+ü\/2026-07-30\/2026-07-30T12:34:56\.123456789Z-[\da-f-]{36}\.json$/);
    expect(JSON.parse(bucket.objects.get(names[0] ?? "")?.text ?? "")).toMatchObject({
      output_fields: { "proc.cmdline": "x" },
    });
  });

  test("failures request a retry, objects that are too large are rejected, and no reason contains a key", async () => {
    const bucket = await start();
    const output = open(bucket.url);
    bucket.interrupt = () => ({ status: 503, code: "SlowDown", headers: { "retry-after": "7" } });
    expect(await output.deliver([alertAbout("x")])).toEqual({
      outcome: "retry",
      reason: "status 503 SlowDown: So it is, ***",
      wait: 7000,
    });
    bucket.interrupt = () => ({ status: 400, code: "RequestTimeout" });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry" });
    bucket.interrupt = () => ({ status: 403, code: "AccessDenied" });
    expect(await output.deliver([alertAbout("x")])).toEqual({
      outcome: "retry",
      reason: "status 403 AccessDenied: So it is, ***",
      persistent: true,
    });
    bucket.interrupt = () => ({ status: 400, code: "EntityTooLarge" });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "rejected" });
    bucket.interrupt = () => undefined;
    expect(await open(bucket.url, { bucket: "none" }).deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      persistent: true,
      reason: expect.stringContaining("404 NoSuchBucket"),
    });
    await bucket.stop();
    expect(await output.deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/ECONNREFUSED|ECONNRESET|socket/),
    });
  });

  test("a store that does not respond requests a retry after the timeout", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const output = open(`http://127.0.0.1:${port}`, { timeout: 100 });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry" });
    await output.close();
    server.close();
  });

  test("a wrong secret is rejected", async () => {
    const bucket = await start();
    const aws = { ...accessKey, secretaccesskey: "wrong", region: "", s3: { ...keys, endpoint: bucket.url } };
    expect(await s3Output(aws, noCertificates).deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      persistent: true,
      reason: expect.stringContaining("SignatureDoesNotMatch"),
    });
  });

  test("renewed credentials in a file are used after an error", async () => {
    const bucket = await start();
    const file = join(mkdtempSync(join(tmpdir(), "eyas-aws-")), "credentials");
    const write = (secret: string) =>
      writeFileSync(
        file,
        `[default]\naws_access_key_id = ${accessKey.accesskeyid}\naws_secret_access_key = ${secret}\n`,
      );
    for (const name of ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", file);
    vi.stubEnv("AWS_CONFIG_FILE", "/nothing");
    onTestFinished(() => void vi.unstubAllEnvs());
    write("expired");
    const aws = { accesskeyid: "", secretaccesskey: "", region: "", s3: { ...keys, endpoint: bucket.url } };
    const output = s3Output(aws, noCertificates);
    running.push({ stop: () => output.close() });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry", persistent: true });
    write(accessKey.secretaccesskey);
    expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
  });

  test("over TLS, the certificate must be valid", async () => {
    const { at, read } = makeCertificates();
    const bucket = await start({ cert: read("server.crt"), key: read("server.key") });
    expect(await open(bucket.url).deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/certificate/),
    });
    const trusted = { ...noCertificates, tlsclient: { cacertfile: at("ca.crt") } };
    expect(await open(bucket.url, {}, trusted).deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(await open(bucket.url, { checkcert: false }).deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
  });
});

/**
 * Starts moto, which does not verify signatures, or uses the store in S3_URL with credentials from the AWS variables.
 */
async function startStore() {
  const { S3_URL, AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = process.env;
  if (S3_URL !== undefined)
    return { endpoint: S3_URL, accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const moto = await startMoto();
  running.push({ stop: () => endChild(moto.process) });
  return { endpoint: moto.url, accessKeyId: accessKey.accesskeyid, secretAccessKey: accessKey.secretaccesskey };
}

describe("a third-party store", process.env.S3_URL === undefined ? needs("moto") : {}, () => {
  test("returns the stored alerts, once even after several writes", async () => {
    const { endpoint, accessKeyId, secretAccessKey } = await startStore();
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    running.push({ stop: () => client.destroy() });
    const bucket = `eyas-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const to = (changes: Partial<S3Keys>) => {
      const s3 = { ...keys, bucket, endpoint, ...changes };
      const aws = { region: "", accesskeyid: accessKeyId, secretaccesskey: secretAccessKey, s3 };
      const output = s3Output(aws, noCertificates);
      running.push({ stop: () => output.close() });
      return output;
    };
    const keysBelow = async (prefix: string): Promise<string[]> => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
      return Contents.map(({ Key = "" }) => Key);
    };
    const bytesOf = async (key: string): Promise<Uint8Array> => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    };
    const batch = [alertAbout("one"), alertAbout(hostile)];
    const said = [
      { output_fields: { "proc.cmdline": "one" } },
      { output_fields: { "proc.cmdline": hostile } },
    ] as const;

    const packed = to({});
    for (let i = 0; i < 2; i++) expect(await packed.deliver(batch)).toEqual({ outcome: "delivered" });
    const [one = "", ...others] = await keysBelow("falco/");
    expect(others).toEqual([]);
    expect(linesOf(gunzipSync(await bytesOf(one)).toString("utf8"))).toMatchObject(said);
    expect(await client.send(new HeadObjectCommand({ Bucket: bucket, Key: one }))).toMatchObject({
      ContentType: "application/x-ndjson",
      ContentEncoding: "gzip",
    });

    const each = to({ layout: "falcosidekick", prefix: "/a b+ü/", objectcannedacl: "none" });
    expect(await each.deliver(batch)).toEqual({ outcome: "delivered" });
    const found = await keysBelow("a b+ü/2026-07-30/");
    const texts = await Promise.all(found.map(async (key) => Buffer.from(await bytesOf(key)).toString("utf8")));
    expect(texts.map((text) => JSON.parse(text))).toEqual(
      expect.arrayContaining(
        said.map((fields) => expect.objectContaining({ output_fields: expect.objectContaining(fields.output_fields) })),
      ),
    );
    expect(found).toHaveLength(2);

    expect(await to({ bucket: `${bucket}-none` }).deliver(batch)).toMatchObject({
      outcome: "retry",
      persistent: true,
      reason: expect.stringContaining("404 NoSuchBucket"),
    });
  }, 120_000);
});
