import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { keySigner } from "./sign.ts";
import { keyVerifier } from "./verify.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const verify = keyVerifier(keys.publicKey);
const content = Buffer.from("the content of a package\n");
const text = await keySigner(keys.privateKey)(content);

/** Returns the bundle with another value at a path of names. */
function changed(path: readonly string[], value: Json | undefined): Buffer {
  const bundle = JSON.parse(text) as Json;
  let place = bundle as { [name: string]: Json };
  for (const name of path.slice(0, -1)) place = place[name] as { [name: string]: Json };
  const last = path.at(-1)!;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return Buffer.from(JSON.stringify(bundle));
}

/** Returns the paths of all values in the bundle. */
function pathsOf(value: Json, above: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => [[...above, name], ...pathsOf(one, [...above, name])]);
}

function reasonOf(bundle: Buffer, file = content): string | undefined {
  try {
    verify(file, bundle);
    return undefined;
  } catch (error) {
    return error instanceof Error && error.constructor === Error ? error.message : `unexpected: ${error}`;
  }
}

describe("a signature made with a key", () => {
  test("is accepted for the signed file, also if the file is empty", async () => {
    expect(reasonOf(Buffer.from(text))).toBeUndefined();
    const empty = Buffer.alloc(0);
    expect(reasonOf(Buffer.from(await keySigner(keys.privateKey)(empty)), empty)).toBeUndefined();
  });

  test("is a bundle of version 0.3", () => {
    expect(JSON.parse(text)).toMatchObject({ mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" });
  });

  test("is rejected for a file with any changed, missing or additional byte", () => {
    const others = [...content.keys()].map((at) => {
      const copy = Buffer.from(content);
      copy[at]! ^= 1;
      return copy;
    });
    for (const other of [...others, content.subarray(1), Buffer.concat([content, Buffer.of(0)]), Buffer.alloc(0)])
      expect(reasonOf(Buffer.from(text), other)).toBe("the file differs from the signed one");
  });

  test("is rejected for another file, also if the digest is exchanged", () => {
    const other = Buffer.from("another package\n");
    expect(reasonOf(Buffer.from(text), other)).toBe("the file differs from the signed one");
    const digest = createHash("sha256").update(other).digest("base64");
    const path = ["messageSignature", "messageDigest", "digest"];
    expect(reasonOf(changed(path, digest), other)).toBe("the signature was not made with this key");
  });

  test("is rejected if another key created it, even with the name of this key", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const forged = await keySigner(other.privateKey)(content);
    expect(reasonOf(Buffer.from(forged))).toBe("the signature was not made with this key");
    const signature = sign("sha256", content, other.privateKey).toString("base64");
    expect(reasonOf(changed(["messageSignature", "signature"], signature))).toBe(
      "the signature was not made with this key",
    );
  });

  test("is rejected if the bundle ends early", () => {
    const ends = [...text.trimEnd()].map((_, end) => end);
    expect(ends.map((end) => reasonOf(Buffer.from(text.slice(0, end)))).filter((reason) => !reason)).toEqual([]);
    expect(reasonOf(Buffer.from(text.slice(0, 100)))).toMatch(/^the file is not a Sigstore bundle: /);
    expect(reasonOf(Buffer.alloc(0))).toMatch(/^the file is not a Sigstore bundle: /);
  });
});

describe("a hostile bundle", () => {
  const attestation = { payload: "aGVsbG8=", payloadType: "text/plain", signatures: [{ sig: "aGVsbG8=" }] };
  test.each([
    ["a digest of SHA-512", changed(["messageSignature", "messageDigest", "algorithm"], "SHA2_512"), "not use SHA-256"],
    ["no digest", changed(["messageSignature", "messageDigest"], undefined), "the file is not a Sigstore bundle"],
    ["no signature", changed(["messageSignature", "signature"], ""), "the file is not a Sigstore bundle"],
    [
      "an attestation",
      Buffer.from(JSON.stringify({ ...JSON.parse(text), messageSignature: undefined, dsseEnvelope: attestation })),
      "has an attestation instead of a signature",
    ],
    [
      "a certificate",
      changed(["verificationMaterial"], { certificate: { rawBytes: "MAA=" } }),
      "verify it with --trusted-root",
    ],
    ["another type", changed(["mediaType"], "text/plain"), "the file is not a Sigstore bundle"],
    ["deep nesting", Buffer.from(`${'{"messageSignature":'.repeat(10_000)}1${"}".repeat(10_000)}`), "the file is not"],
    ["deep lists", Buffer.from("[".repeat(100_000) + "]".repeat(100_000)), "the file is not a Sigstore bundle"],
    ["more than 256 KiB", Buffer.alloc(262_145, " "), "the bundle is larger than 262144 bytes"],
    ["bytes that are not text", Buffer.alloc(1000, 0xff), "the file is not a Sigstore bundle"],
  ])("with %s is rejected", (_, bundle, reason) => {
    expect(reasonOf(bundle)).toContain(reason);
  });

  test("with a value of another type at any place is rejected or ignored, without another error", () => {
    const values: (Json | undefined)[] = [
      undefined,
      null,
      true,
      -1,
      1e300,
      "",
      "\u001b[2J",
      [],
      [null],
      {},
      { $case: "x" },
    ];
    const ignored = new Set<string>();
    for (const path of pathsOf(JSON.parse(text) as Json)) {
      for (const value of values) {
        const reason = reasonOf(changed(path, value));
        if (reason === undefined) ignored.add(path.join("."));
        else
          expect(reason).toMatch(/^the (?:file|signature|bundle) (?:is not|was not|differs|does not|has) [^\p{Cc}]*$/u);
      }
    }
    // These values are used neither to find the key nor the time.
    expect([...ignored].filter((path) => !/publicKey|timestampVerificationData|^mediaType/.test(path))).toEqual([]);
  });

  test("is quoted without control characters", () => {
    const reason = reasonOf(Buffer.from("\u001b[2J\u202e{"));
    expect(reason).toContain("\\x1b[2J");
    expect(reason).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
