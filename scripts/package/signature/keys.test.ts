import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cosignKey, cosignPassword, cosignPublicKey } from "./cosign-key.fixture.ts";
import { keyHint, readPrivateKey, readPublicKey } from "./keys.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pkcs8 = { format: "pem", type: "pkcs8" } as const;
const spki = { format: "pem", type: "spki" } as const;
const SECRET = "pass word \u{1f511}";

function file(content: string | Buffer): string {
  const path = join(folder, "key");
  writeFileSync(path, content);
  return path;
}
const readPrivate = (content: string, password?: string): KeyObject => readPrivateKey(file(content), password);
const pem = (label: string, content: string): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(content).toString("base64")}\n-----END ${label}-----\n`;

/** Returns the cosign key with other values in its JSON. */
function changedKey(change: (envelope: Record<string, Record<string, unknown>>) => void): string {
  const body = cosignKey.replaceAll(/-----.*-----/g, "");
  const envelope = JSON.parse(Buffer.from(body, "base64").toString()) as Record<string, Record<string, unknown>>;
  change(envelope);
  return pem("ENCRYPTED SIGSTORE PRIVATE KEY", JSON.stringify(envelope));
}

describe("a private key", () => {
  test("of cosign is decrypted with its password", () => {
    const key = readPrivate(cosignKey, cosignPassword);
    expect(createPublicKey(key).export(spki)).toBe(cosignPublicKey);
  });

  test("in PKCS#8 is read, also if it is encrypted", () => {
    const encrypted = pair.privateKey.export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: SECRET });
    for (const key of [
      readPrivate(pair.privateKey.export(pkcs8).toString()),
      readPrivate(encrypted.toString(), SECRET),
    ])
      expect(key.equals(pair.privateKey)).toBe(true);
  });

  test("that is encrypted needs its password, which no error contains", () => {
    const encrypted = pair.privateKey.export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: "other" }).toString();
    for (const key of [cosignKey, encrypted]) {
      expect(() => readPrivate(key)).toThrow(/key: it is encrypted; set the environment variable COSIGN_PASSWORD\.$/);
      expect(() => readPrivate(key, "")).toThrow(/COSIGN_PASSWORD is (?:wrong|not the password)/);
      const message = errorOf(() => readPrivate(key, SECRET));
      expect(message).toMatch(/^Cannot use the private key .*COSIGN_PASSWORD is (?:wrong|not the password)/);
      expect(message).not.toContain(SECRET);
    }
  });

  test.each([
    ["a public key", cosignPublicKey, /neither a cosign\.key .* nor PKCS#8/],
    ["text", "hello", /neither a cosign\.key .* nor PKCS#8/],
    ["nothing", "", /neither a cosign\.key .* nor PKCS#8/],
    ["damaged PKCS#8", pem("PRIVATE KEY", "hello"), /it is damaged/],
    ["another curve", key("secp384r1"), /not an ECDSA key with the curve P-256/],
    [
      "RSA",
      generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(pkcs8).toString(),
      /not an ECDSA key/,
    ],
    ["an envelope without JSON", pem("ENCRYPTED SIGSTORE PRIVATE KEY", "{"), /its content is not JSON/],
    ["an empty envelope", pem("ENCRYPTED SIGSTORE PRIVATE KEY", "null"), /not encrypted with scrypt/],
    [
      "another derivation",
      changedKey((one) => Object.assign(one.kdf!, { name: "argon2" })),
      /not encrypted with scrypt/,
    ],
    ["another cipher", changedKey((one) => Object.assign(one.cipher!, { name: "aes" })), /not encrypted with scrypt/],
    ["a short nonce", changedKey((one) => Object.assign(one.cipher!, { nonce: "AAAA" })), /its nonce is not 24 bytes/],
    ["a changed salt", changedKey((one) => Object.assign(one.kdf!, { salt: "AAAA" })), /not the password/],
    ["no salt", changedKey((one) => Object.assign(one.kdf!, { salt: null })), /salt, nonce or ciphertext is missing/],
    ["no ciphertext", changedKey((one) => Object.assign(one, { ciphertext: 1 })), /ciphertext is missing/],
    ["a short ciphertext", changedKey((one) => Object.assign(one, { ciphertext: "AAAA" })), /the key is damaged/],
    ...[
      { N: 2 ** 30, r: 8, p: 1 },
      { N: 65_535, r: 8, p: 1 },
      { N: 1, r: 8, p: 1 },
      { N: 65_536, r: 1000, p: 1 },
      { N: 65_536, r: 8, p: 1e9 },
      { N: "65536", r: 8, p: 1 },
      {},
    ].map((params): [string, string, RegExp] => [
      `scrypt with ${JSON.stringify(params)}`,
      changedKey((one) => Object.assign(one.kdf!, { params })),
      /invalid scrypt parameters/,
    ]),
  ])("is not %s", (_, content, reason) => {
    expect(() => readPrivate(content, cosignPassword)).toThrow(reason);
  });

  test("must be a regular file of limited size", () => {
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    for (const read of [(path: string) => readPrivateKey(path, undefined), readPublicKey]) {
      expect(() => read(join(folder, "absent"))).toThrow(/there is no .*absent/);
      expect(() => read(folder)).toThrow(/not a regular file/);
      expect(() => read(fifo)).toThrow(/not a regular file/);
      expect(() => read(file(Buffer.alloc(65_537)))).toThrow(/larger than 65536 bytes/);
    }
  });
});

test("a public key has the name in bundles that cosign gives it", () => {
  const key = readPublicKey(file(cosignPublicKey));
  expect(key.export(spki)).toBe(cosignPublicKey);
  // from a bundle that 'cosign sign-blob --key' wrote
  expect(keyHint(key)).toBe("oagPtIzQAz8Svn3/7j1VYPAkScQCHCsC4oy800GDNt8=");
});

test.each([
  ["a private key", pair.privateKey.export(pkcs8).toString(), /is not a public key in PEM/],
  ["text", "hello", /is not a public key in PEM/],
  ["damaged", pem("PUBLIC KEY", "hello"), /it is damaged/],
  ["of another type", generateKeyPairSync("ed25519").publicKey.export(spki).toString(), /not an ECDSA key/],
])("a public key is not %s", (_, content, reason) => {
  expect(() => readPublicKey(file(content))).toThrow(reason);
});

function key(namedCurve: string): string {
  return generateKeyPairSync("ec", { namedCurve }).privateKey.export(pkcs8).toString();
}

function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
  throw new Error("There was no error.");
}
