import { scryptSync } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";

/** Labels of PEM files that contain cosign private keys; the second label is from cosign 1. */
const LABELS = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];

const KEY_BYTES = 32;
const NONCE_BYTES = 24;

/**
 * Limits of the scrypt parameters, so that a damaged file cannot use all memory or run for minutes. cosign uses
 * N = 65536, r = 8, p = 1, which takes 64 MiB.
 */
const MAX_N = 2 ** 18;
const MAX_R = 8;
const MAX_P = 4;

/** Returns the encrypted content of a `cosign.key`, or undefined if the text is not such a file. */
export function cosignEnvelope(pem: string): string | undefined {
  const [, label, body = ""] = /-----BEGIN ([A-Z ]+)-----([\sA-Za-z0-9+/=]+)-----END \1-----/.exec(pem) ?? [];
  return label !== undefined && LABELS.includes(label) ? Buffer.from(body, "base64").toString() : undefined;
}

/**
 * Decrypts the content of a `cosign.key`: JSON with a key that scrypt derives from the password, and XSalsa20-Poly1305
 * (https://github.com/secure-systems-lab/go-securesystemslib/tree/main/encrypted).
 * @returns the private key in PKCS#8, DER
 * @throws if the content is damaged or the password is wrong
 */
export function decryptCosignKey(envelope: string, password: string): Buffer {
  const { N, r, p, salt, nonce, ciphertext } = parsed(envelope);
  const key = scryptSync(password, salt, KEY_BYTES, { N, r, p, maxmem: 2 * 128 * r * (N + p) });
  try {
    return Buffer.from(xsalsa20poly1305(key, nonce).decrypt(ciphertext));
  } catch {
    throw new Error("COSIGN_PASSWORD is not the password of the key, or the key is damaged");
  }
}

interface Envelope {
  readonly kdf?: {
    readonly name?: unknown;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly salt?: unknown;
  };
  readonly cipher?: { readonly name?: unknown; readonly nonce?: unknown };
  readonly ciphertext?: unknown;
}

function parsed(text: string) {
  let envelope: Envelope | null;
  try {
    envelope = JSON.parse(text) as Envelope | null; // each value is checked below
  } catch {
    throw new Error("the key is damaged: its content is not JSON");
  }
  const { kdf, cipher, ciphertext } = envelope ?? {};
  if (kdf?.name !== "scrypt" || cipher?.name !== "nacl/secretbox")
    throw new Error("the key is not encrypted with scrypt and nacl/secretbox, as 'cosign generate-key-pair' does");
  const nonce = bytes(cipher.nonce);
  if (nonce.length !== NONCE_BYTES) throw new Error(`the key is damaged: its nonce is not ${NONCE_BYTES} bytes`);
  const [N, r, p] = [kdf.params?.N, kdf.params?.r, kdf.params?.p];
  if (!isCount(N, MAX_N) || !isCount(r, MAX_R) || !isCount(p, MAX_P) || N < 2 || (N & (N - 1)) !== 0)
    throw new Error(
      `the key has invalid scrypt parameters: N must be a power of two up to ${MAX_N}, r up to ${MAX_R}, p up to ${MAX_P}`,
    );
  return { N, r, p, salt: bytes(kdf.salt), nonce, ciphertext: bytes(ciphertext) };
}

function isCount(value: unknown, max: number): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;
}

function bytes(value: unknown): Buffer {
  if (typeof value !== "string") throw new Error("the key is damaged: salt, nonce or ciphertext is missing");
  return Buffer.from(value, "base64");
}
