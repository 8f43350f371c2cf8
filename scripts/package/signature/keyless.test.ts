import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { keylessSigner } from "./keyless.ts";
import { identityToken, type Services, startServices } from "./services.fixture.ts";
import { keylessVerifier } from "./verify.ts";

const issuer = "https://token.example.org";
const subject = "https://example.org/eyas/release.yml@refs/tags/v1";
const token = identityToken({ iss: issuer, sub: subject });
const content = Buffer.from("the content of a package\n");
const folder = mkdtempSync(join(tmpdir(), "eyas-keyless-"));

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => {
  services.close();
  rmSync(folder, { recursive: true, force: true });
});

const SOURCES = ["SIGSTORE_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "BUILDKITE"];
beforeEach(() => {
  for (const name of SOURCES) vi.stubEnv(name, "");
  vi.stubEnv("SIGSTORE_ID_TOKEN", token);
});
afterEach(() => {
  vi.unstubAllEnvs();
  services.answer = undefined;
});

async function signed(config = services.signingConfig): Promise<string> {
  return (await keylessSigner(configFile(config)))(content);
}
function configFile(text: string): string {
  const file = join(folder, "config.json");
  writeFileSync(file, text);
  return file;
}
function verify(bundle: string, identity = { subject, issuer }, root = services.trustedRoot, file = content): void {
  keylessVerifier(Buffer.from(root), identity)(file, Buffer.from(bundle));
}

describe("a keyless signature", () => {
  test("is accepted offline for its signer, with and without a timestamp authority", async () => {
    for (const config of [services.signingConfig, services.timestampedConfig]) {
      const bundle = await signed(config);
      expect(JSON.parse(bundle)).toMatchObject({
        mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
        verificationMaterial: { certificate: expect.anything(), tlogEntries: [expect.anything()] },
      });
      const before = services.requests.length;
      verify(bundle);
      expect(services.requests.length).toBe(before);
    }
  });

  test("is rejected for another subject or issuer, which are not patterns", async () => {
    const bundle = await signed();
    for (const other of [".*", "", subject.slice(1), `${subject}x`, subject.toUpperCase()]) {
      expect(() => verify(bundle, { subject: other, issuer })).toThrow(`the signer is ${subject}, not ${other}`);
      expect(() => verify(bundle, { subject, issuer: other })).toThrow(`the issuer is ${issuer}, not ${other}`);
    }
  });

  test("is rejected for another file, and with another trusted root", async () => {
    const bundle = await signed();
    expect(() => verify(bundle, undefined, undefined, Buffer.from("x"))).toThrow(
      "the file differs from the signed one",
    );
    const others = await startServices();
    others.close();
    expect(() => verify(bundle, undefined, others.trustedRoot)).toThrow("the signature is not trusted: ");
  });

  test("is rejected if any of its proofs is missing or changed", async () => {
    const bundle = await signed();
    const other = await signed();
    const [entry, otherEntry] = [bundle, other].map((text) => JSON.parse(text).verificationMaterial.tlogEntries[0]);
    const { certificate } = JSON.parse(other).verificationMaterial;
    const promise = entry.inclusionPromise;
    const proof = entry.inclusionProof;
    const changes: [string, (material: Record<string, unknown>) => unknown][] = [
      ["no log entry", (one) => (one.tlogEntries = [])],
      ["the log entry of another signature", (one) => (one.tlogEntries = [otherEntry])],
      ["a log entry twice", (one) => (one.tlogEntries = [entry, entry])],
      ["no promise", (one) => (one.tlogEntries = [{ ...entry, inclusionPromise: undefined }])],
      [
        "a later time",
        (one) => (one.tlogEntries = [{ ...entry, integratedTime: `${Number(entry.integratedTime) + 1}` }]),
      ],
      ["an expired certificate", (one) => (one.tlogEntries = [{ ...entry, integratedTime: "4000000000" }])],
      ["another promise", (one) => (one.tlogEntries = [{ ...entry, inclusionPromise: otherEntry.inclusionPromise }])],
      [
        "a proof for another entry",
        (one) => (one.tlogEntries = [{ ...entry, inclusionProof: otherEntry.inclusionProof }]),
      ],
      [
        "no signature of the log",
        (one) =>
          (one.tlogEntries = [
            { ...entry, inclusionProof: { ...proof, checkpoint: { envelope: "x" } }, inclusionPromise: promise },
          ]),
      ],
      ["the certificate of another signature", (one) => (one.certificate = certificate)],
      ["a damaged certificate", (one) => (one.certificate = { rawBytes: "MAA=" })],
      ["a deeply nested certificate", (one) => (one.certificate = { rawBytes: nested(30_000).toString("base64") })],
    ];
    for (const [name, change] of changes) {
      const parsed = JSON.parse(bundle);
      change(parsed.verificationMaterial);
      expect.soft(() => verify(JSON.stringify(parsed)), name).toThrow(/^the signature is not trusted: [^\p{Cc}]+$/u);
    }
    const signature = JSON.parse(other).messageSignature;
    expect(() => verify(JSON.stringify({ ...JSON.parse(bundle), messageSignature: signature }))).toThrow("not trusted");
  });

  test("is rejected if it was made with a key, or the trusted root is invalid", async () => {
    const bundle = JSON.parse(await signed());
    bundle.verificationMaterial = { publicKey: { hint: "x" } };
    expect(() => verify(JSON.stringify(bundle))).toThrow("is signed with a key and has no certificate");
    for (const root of ["", "null", "[]", "{}", '{"tlogs":[{}]}', '{"certificateAuthorities":[{}]}'])
      expect(() => verify("{}", undefined, root)).toThrow(/^the trusted root is invalid: /);
  });
});

describe("the identity token", () => {
  test("is sent only to Fulcio", async () => {
    services.requests.length = 0;
    await signed(services.timestampedConfig);
    const paths = services.requests.filter(([, body]) => body.includes(token.slice(-20))).map(([path]) => path);
    expect(services.requests.length).toBe(3);
    expect(paths).toEqual(["/api/v2/signingCert"]);
  });

  test("is required before the build", async () => {
    vi.stubEnv("SIGSTORE_ID_TOKEN", "");
    const signer = keylessSigner(configFile(services.signingConfig));
    await expect(signer).rejects.toThrow(/^Found no identity token: set SIGSTORE_ID_TOKEN, /);
  });

  test.each([
    "secret",
    "secret.secret.secret",
    `${"secret".repeat(20_000)}.e30.secret`,
    `secret\n.${token}`,
    identityToken({ secret: 1 }),
    identityToken({ sub: { secret: 1 } }),
    identityToken({ email: "secret@example.org", sub: "x" }),
  ])("is not shown if it is invalid, case %#", async (invalid) => {
    vi.stubEnv("SIGSTORE_ID_TOKEN", invalid);
    const reason: unknown = await keylessSigner(configFile(services.signingConfig)).catch((error: unknown) => error);
    expect(String(reason)).toMatch(/^Error: The identity token is invalid: it must be a JSON Web Token /);
    expect(String(reason)).not.toContain("secret");
  });

  test("is not shown if a service quotes it in an error", async () => {
    services.answer = { statusCode: 400, response: JSON.stringify({ message: `bad \u001b[2J token ${token}` }) };
    const reason: unknown = await signed().catch((error: unknown) => error);
    expect(String(reason)).toContain("bad \\x1b[2J token (token)");
    expect(String(reason)).not.toContain(token.slice(-20));
  });
});

describe("services that fail", () => {
  test.each([
    ["status 500", 500, "{}"],
    ["no certificate", 201, "{}"],
    ["no JSON", 201, "<html>"],
    ["null", 201, "null"],
    ["a certificate that is none", 201, '{"signedCertificateEmbeddedSct":{"chain":{"certificates":[]}}}'],
  ])("with %s stop the signing with an error of one sentence", async (_, statusCode, response) => {
    services.answer = { statusCode, response };
    await expect(signed()).rejects.toThrow(/^Keyless signing failed: .+\.$/);
  });

  test("that return no time stop the signing", async () => {
    const config = JSON.parse(services.signingConfig);
    const [log] = config.rekorTlogUrls;
    const withVersion2 = { ...config, rekorTlogUrls: [{ ...log, majorApiVersion: 2 }] };
    await expect(signed(JSON.stringify(withVersion2))).rejects.toThrow("has no time; add a timestamp authority");
  });

  test("are named by a valid configuration", async () => {
    const config = JSON.parse(services.signingConfig);
    const [ca] = config.caUrls;
    const cases: [unknown, RegExp][] = [
      [{ ...config, caUrls: [] }, /names no certificate authority/],
      [{ ...config, rekorTlogUrls: [] }, /names no log/],
      [{ ...config, rekorTlogConfig: undefined }, /names no log/],
      [{ ...config, rekorTlogConfig: { selector: "ALL" } }, /^Cannot use the signing configuration .*Unsupported/],
      [{ ...config, caUrls: [{ ...ca, validFor: { end: "2020-01-01T00:00:00Z" } }] }, /No valid CA services found/],
      [{ ...config, caUrls: [{ ...ca, url: "http://fulcio.example.org" }] }, /must start with https:\/\//],
      [{ ...config, caUrls: [{ ...ca, url: "file:///etc/passwd" }] }, /must start with https:\/\//],
      [{ ...config, rekorTlogUrls: [{ ...ca, url: "http://rekor.example.org" }] }, /must start with https:\/\//],
      [
        { ...config, caUrls: [{ ...ca, url: "https://user:password@fulcio.example.org" }] },
        /the URL …@fulcio\.example\.org: .*must not contain a user name/,
      ],
      [null, /is not a Sigstore signing configuration/],
      [{ caUrls: 1 }, /is not a Sigstore signing configuration|names no certificate authority/],
    ];
    for (const [value, reason] of cases)
      await expect(keylessSigner(configFile(JSON.stringify(value)))).rejects.toThrow(reason);
    await expect(keylessSigner(configFile("{"))).rejects.toThrow(/is not a Sigstore signing configuration/);
    await expect(keylessSigner(join(folder, "absent"))).rejects.toThrow(/there is no /);
  });
});

/** Returns ASN.1 sequences within each other, up to 150 kB. */
function nested(depth: number): Buffer {
  let inner = Buffer.alloc(0);
  for (let level = 0; level < depth && inner.length < 150_000; level++) {
    const length = inner.length;
    const head = length < 128 ? [0x30, length] : [0x30, 0x83, length >> 16, (length >> 8) & 255, length & 255];
    inner = Buffer.concat([Buffer.from(head), inner]);
  }
  return inner;
}
