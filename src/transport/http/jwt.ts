import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { at, jsonOf } from "../json.ts";
import { TransportError } from "./error.ts";

/**
 * Creates a JSON Web Token (RFC 7519) with an RSA signature (RS256).
 * @param key private key in PEM
 * @param named name of the key in errors
 * @throws TransportError if `key` is not an RSA key
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
  if (key?.asymmetricKeyType !== "rsa") throw new TransportError(`${named} is not an RSA key in PEM`);
  return key;
}

/** Time until a token expires (`exp`), in milliseconds; undefined without this claim. Does not check the signature. */
export function lifeOf(token: string, now = Date.now()): number | undefined {
  const ends = at(jsonOf(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")), "exp");
  return typeof ends === "number" ? ends * 1000 - now : undefined;
}
