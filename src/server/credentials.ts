import { constants, createHash, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createSecureContext, TLSSocket, type TlsOptions } from "node:tls";
import type { CertificateSettings, TokenSettings } from "./authentication.ts";
import { requireTrusted } from "./file-trust.ts";
import { type Reply, textReply } from "./listener.ts";

/** Checks credentials. Returns the rejection, or undefined if they are valid. */
export type Check = (request: IncomingMessage) => Reply | undefined;

/**
 * Reads the files named in the settings.
 * @param keys configuration path of the settings, such as `sources.k8s_audit`
 */
export function readCertificates(settings: CertificateSettings, keys: string): TlsOptions | undefined {
  const { certificate: file, key, client_authority: authority } = settings;
  if (file === "") {
    if (authority === "") return undefined;
    throw new Error(`${keys}.client_authority requires HTTPS; ${keys}.certificate is missing.`);
  }
  const cert = read(file, `${keys}.certificate`);
  return {
    cert,
    key: key === "" ? cert : read(key, `${keys}.key`),
    ...(authority !== "" && certificatesFrom(read(authority, `${keys}.client_authority`))),
  };
}

/** Interval between two checks for renewed files, in milliseconds. */
const CHECK_INTERVAL = 1000;

/**
 * Watches for renewed certificates.
 * @returns a function that returns renewed certificates; undefined if they are unchanged or not valid yet
 */
export function certificateRenewals(settings: CertificateSettings, keys: string): () => TlsOptions | undefined {
  const { certificate, key, client_authority } = settings;
  const changed = changesOf([certificate, key, client_authority]);
  return () => {
    if (!changed.now()) return undefined;
    try {
      const options = readCertificates(settings, keys);
      createSecureContext(options); // fails if only the certificate or only the key has been renewed
      changed.seen();
      return options;
    } catch {
      return undefined;
    }
  };
}

/** Detects changes to files since `seen()`; checks their modification times at most once per interval. */
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
 * TLS options that let clients without a valid certificate complete the handshake, so that {@link checkCertificate} can
 * reply with the reason. Sessions are not resumed, because resumption skips the check of the certificate.
 */
function certificatesFrom(ca: Buffer): TlsOptions {
  return { ca, requestCert: true, rejectUnauthorized: false, secureOptions: constants.SSL_OP_NO_TICKET };
}

/** Rejects clients without a valid certificate from one of the configured CAs. */
export function checkCertificate({ socket }: IncomingMessage): Reply | undefined {
  const shown = socket instanceof TLSSocket && socket.getPeerX509Certificate() !== undefined;
  if (shown && socket.authorized && !socket.isSessionReused()) return undefined;
  return textReply(
    403,
    shown
      ? "The client certificate is invalid, or a configured authority did not issue it."
      : "A client certificate is required.",
  );
}

/**
 * Returns a check that rejects requests without the configured token; undefined if none is configured. A token file is
 * read again when it changes.
 * @throws Error with a message for the user, without the token
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
        // partly written: the previous token stays valid
      }
    }
    const shown = /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (shown !== undefined && timingSafeEqual(digest(shown), wanted)) return undefined;
    const why =
      shown === undefined
        ? "A token is required; send the header Authorization: Bearer TOKEN."
        : "The token is invalid.";
    return textReply(401, settings.tokenHint === undefined ? why : `${why} ${settings.tokenHint}`, {
      "www-authenticate": "Bearer",
    });
  };
}

/** A digest of fixed length, as required by the constant-time comparison. */
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

/** @throws Error with a message for the user if the file cannot be read, or other users can change it */
function read(file: string, key: string): Buffer {
  requireTrusted(file, key);
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read ${file} (${key}): ${reason}.`);
  }
}
