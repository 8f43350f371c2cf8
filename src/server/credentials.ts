import { constants, createHash, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createSecureContext, TLSSocket, type TlsOptions } from "node:tls";
import type { CertificateSettings, TokenSettings } from "./authentication.ts";
import { type Reply, textReply } from "./listener.ts";

/** The reply that rejects a request; undefined for a valid one. */
export type Check = (request: IncomingMessage) => Reply | undefined;

/**
 * Reads the files of these settings.
 * @param keys how the keys of these settings begin in the configuration: `sources.k8s_audit`
 * @throws Error with one sentence
 */
export function readCertificates(settings: CertificateSettings, keys: string): TlsOptions | undefined {
  const { certificate: file, key, client_authority: authority } = settings;
  if (file === "") {
    if (authority === "") return undefined;
    throw new Error(
      `${keys}.client_authority: certificates are shown over HTTPS only; ${keys}.certificate is missing.`,
    );
  }
  const cert = read(file, `${keys}.certificate`);
  return {
    cert,
    key: key === "" ? cert : read(key, `${keys}.key`),
    ...(authority !== "" && certificatesFrom(read(authority, `${keys}.client_authority`))),
  };
}

/** Milliseconds between two checks of files that may have been renewed. */
const CHECK_INTERVAL = 1000;

/**
 * Watches for renewed certificates.
 * @returns a function that returns renewed certificates; undefined where none changed, or the new ones are not valid (yet)
 */
export function certificateRenewals(settings: CertificateSettings, keys: string): () => TlsOptions | undefined {
  const { certificate, key, client_authority } = settings;
  const changed = changesOf([certificate, key, client_authority]);
  return () => {
    if (!changed.now()) return undefined;
    try {
      const options = readCertificates(settings, keys);
      createSecureContext(options); // throws while only one of certificate and key is renewed
      changed.seen();
      return options;
    } catch {
      return undefined;
    }
  };
}

/** Whether files changed since `seen()`; reads their times at most once an interval. */
function changesOf(files: readonly string[]): { now(): boolean; seen(): void } {
  const stamp = (): string =>
    files.map((file) => (file === "" ? "" : (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? ""))).join();
  let known = stamp();
  let current = known;
  let looked = performance.now();
  return {
    now() {
      if (performance.now() - looked < CHECK_INTERVAL) return false;
      looked = performance.now();
      current = stamp();
      return current !== known;
    },
    seen() {
      known = current;
    },
  };
}

/**
 * Clients without a valid certificate pass the handshake, so that {@link checkCertificate} can reply with the reason. Sessions
 * are not resumed: the certificate would not be checked again.
 */
function certificatesFrom(ca: Buffer): TlsOptions {
  return { ca, requestCert: true, rejectUnauthorized: false, secureOptions: constants.SSL_OP_NO_TICKET };
}

/** Rejects clients without a certificate of the configured authorities. */
export function checkCertificate({ socket }: IncomingMessage): Reply | undefined {
  const shown = socket instanceof TLSSocket && socket.getPeerX509Certificate() !== undefined;
  if (shown && socket.authorized && !socket.isSessionReused()) return undefined;
  return textReply(403, shown ? "The client certificate is not valid here." : "A client certificate is required.");
}

/**
 * Rejects requests without the token, where one is configured. A token file is read again when it changes.
 * @throws Error with one sentence, without the token
 */
export function checkToken(settings: TokenSettings, keys: string): Check | undefined {
  const token = tokenOf(settings, keys);
  if (token === "") return undefined;
  let wanted = digest(token);
  const changed = changesOf([settings.token_file]);
  return ({ headers }) => {
    if (changed.now()) {
      try {
        wanted = digest(tokenOf(settings, keys));
        changed.seen();
      } catch {
        // being written: the old token is valid until then
      }
    }
    const shown = /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (shown !== undefined && timingSafeEqual(digest(shown), wanted)) return undefined;
    const why = shown === undefined ? "A token is required: Authorization: Bearer TOKEN." : "The token is not valid.";
    return textReply(401, why, { "www-authenticate": "Bearer" });
  };
}

/** Of the same length for all texts: a comparison in constant time needs that. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text, "latin1").digest();
}

function tokenOf({ token, token_file: file }: TokenSettings, keys: string): string {
  if (file === "") return Buffer.from(token, "utf8").toString("latin1");
  if (token !== "") throw new Error(`${keys}: set ${keys}.token or ${keys}.token_file, not both.`);
  const text = read(file, `${keys}.token_file`).toString("latin1").trim();
  if (text === "") throw new Error(`${file} is empty (${keys}.token_file).`);
  return text;
}

function read(file: string, key: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} can't be read (${key}): ${reason}.`);
  }
}
