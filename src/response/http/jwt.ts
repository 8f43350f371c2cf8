import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { Trouble } from "./trouble.ts";

/**
 * A JSON Web Token (RFC 7519), signed with an RSA key (RS256).
 * @param key PEM
 * @param named how sentences call the key
 * @throws Trouble where the key is none
 */
export function signedToken(claims: Readonly<Record<string, unknown>>, key: string, named: string): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), rsaKey(key, named)).toString("base64url")}`;
}

function rsaKey(pem: string, named: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {}
  // What OpenSSL says of a key that it can't read is of no use to anybody.
  if (key?.asymmetricKeyType !== "rsa") throw new Trouble(`${named} holds no RSA key in PEM`);
  return key;
}

/** Milliseconds that a token says it is still good for; undefined where it doesn't say. The signature is not looked at. */
export function lifeOf(token: string, now = Date.now()): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const ends: unknown = typeof claims === "object" && claims !== null ? Reflect.get(claims, "exp") : undefined;
    return typeof ends === "number" ? ends * 1000 - now : undefined;
  } catch {
    return undefined;
  }
}
