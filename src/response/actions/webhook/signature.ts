import { createHmac } from "node:crypto";

/** Prefix of Base64-encoded secrets. */
const ENCODED = "whsec_";

/**
 * Signs a message. The signature is `v1,` and the Base64 of an HMAC-SHA256 over `id.timestamp.body`.
 * @param timestamp seconds since the epoch
 */
export function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith(ENCODED) ? Buffer.from(secret.slice(ENCODED.length), "base64") : secret;
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}
