import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readBounded } from "./bounded.ts";
import { cosignEnvelope, decryptCosignKey } from "./cosign-key.ts";

/** Maximum size of a key file, in bytes. */
const MAX_BYTES = 65_536;
const MARKER = "-----BEGIN ";

/**
 * Reads a private key (ECDSA, P-256): a `cosign.key`, or PKCS#8 in PEM.
 * @param password decrypts the key; undefined if none is set
 * @throws Error with a sentence that names the file, but no secret
 */
export function readPrivateKey(file: string, password: string | undefined): KeyObject {
  return named(`the private key ${file}`, () => p256(decrypted(readBounded(file, MAX_BYTES).toString(), password)));
}

function decrypted(pem: string, password: string | undefined): KeyObject {
  const envelope = cosignEnvelope(pem);
  const isEncrypted = envelope !== undefined || pem.includes(`${MARKER}ENCRYPTED PRIVATE KEY-----`);
  if (!isEncrypted && !pem.includes(`${MARKER}PRIVATE KEY-----`))
    throw new Error("it is neither a cosign.key ('cosign generate-key-pair') nor PKCS#8 in PEM");
  if (isEncrypted && password === undefined)
    throw new Error("it is encrypted; set the environment variable COSIGN_PASSWORD");
  if (envelope !== undefined)
    return createPrivateKey({ key: decryptCosignKey(envelope, password ?? ""), format: "der", type: "pkcs8" });
  try {
    return createPrivateKey({ key: pem, ...(isEncrypted && password !== undefined && { passphrase: password }) });
  } catch {
    throw new Error(isEncrypted ? "COSIGN_PASSWORD is wrong, or the key is damaged" : "it is damaged");
  }
}

/**
 * Reads a public key (ECDSA, P-256) in PEM, such as `cosign.pub`.
 * @throws Error with a sentence that names the file
 */
export function readPublicKey(file: string): KeyObject {
  return named(`the public key ${file}`, () => {
    const pem = readBounded(file, MAX_BYTES).toString();
    // createPublicKey would also accept a private key.
    if (!pem.includes(`${MARKER}PUBLIC KEY-----`)) throw new Error("it is not a public key in PEM, such as cosign.pub");
    try {
      return p256(createPublicKey(pem));
    } catch (error) {
      throw isOpenSslError(error) ? new Error("it is damaged") : error;
    }
  });
}

/** Returns the name of a key in bundles, as cosign writes it: the SHA-256 of the public key in DER, in Base64. */
export function keyHint(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest("base64");
}

function isOpenSslError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}

/** Runs a function and adds the file to its errors. */
function named<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`Cannot use ${what}: ${error instanceof Error ? error.message : error}.`);
  }
}

function p256(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new Error("it is not an ECDSA key with the curve P-256, as 'cosign generate-key-pair' creates");
}
