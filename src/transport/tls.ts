import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { codeOf, TransportError } from "./http/error.ts";

/** Paths of PEM files; empty: none. */
export interface TlsFiles {
  /** CAs to trust instead of the CAs of the system. */
  readonly authority: string | readonly string[];
  /** Additional CAs to trust. */
  readonly moreAuthorities?: readonly string[];
  /** Client certificate and key. If `key` is empty, the certificate file contains both. */
  readonly certificate: string;
  readonly key: string;
  /** Whether to verify the server's certificate. Default: true. */
  readonly check?: boolean;
}

/** TLS options with PEM contents. */
export interface TlsMaterial {
  readonly ca?: Buffer | string | string[];
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  /** Name in the server's certificate. Default: the host of the URL. */
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** The CAs of the system and no client certificate. */
export const systemTls: TlsFiles = { authority: "", certificate: "", key: "" };

/** TLS options with PEM contents, for clients that open connections themselves. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly minVersion: "TLSv1.2";
}

/**
 * Reads TLS options for clients of protocols other than HTTP.
 * @throws TransportError if a file cannot be read
 */
export function readTls(files: TlsFiles): TlsOptions {
  const { ca = systemAuthorities(), ...material } = readMaterial(files);
  return { ...material, ca, minVersion: MIN_VERSION };
}

/** TLS options of a connection. Connections with the same certificates and settings share one object. */
export interface SecureOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
}

const MIN_VERSION = "TLSv1.2";
/** Options by hash of their certificates and settings, because creating a context takes milliseconds. */
const known = new Map<string, SecureOptions>();
const MOST_KNOWN = 16;

/** @throws TransportError if a file cannot be read, or is not a certificate or key */
export function secureOptions(tls: TlsFiles | TlsMaterial): SecureOptions {
  const material: TlsMaterial = "authority" in tls ? readMaterial(tls) : tls;
  const { ca, cert, key, servername, rejectUnauthorized = true } = material;
  const texts = [...[ca].flat(), cert, key, servername].map((text) => text?.toString());
  const name = createHash("sha256")
    .update(JSON.stringify([...texts, rejectUnauthorized]))
    .digest("hex");
  const before = known.get(name);
  if (before !== undefined) return before;
  const options: SecureOptions = {
    secureContext: contextOf(material, tls),
    rejectUnauthorized,
    ...(servername !== undefined && { servername }),
  };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, options);
  return options;
}

function contextOf({ ca = systemAuthorities(), cert, key }: TlsMaterial, tls: TlsFiles | TlsMaterial): SecureContext {
  try {
    return createSecureContext({
      ca,
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      minVersion: MIN_VERSION,
    });
  } catch {
    const files = "authority" in tls ? filesOf(tls) : [];
    throw new TransportError(`certificates cannot be used${files.length > 0 ? `: ${files.join(", ")}` : ""}`);
  }
}

function filesOf({ authority, moreAuthorities = [], certificate, key }: TlsFiles): string[] {
  return [authority, moreAuthorities, certificate, key].flat().filter((file) => file !== "");
}

function systemAuthorities(): string[] {
  return [...getCACertificates("bundled"), ...getCACertificates("system")];
}

type FileMaterial = Omit<TlsOptions, "ca" | "minVersion"> & { readonly ca?: string[] };

/** Reads the files. Omits `ca` if only the CAs of the system are trusted. */
function readMaterial({ authority, moreAuthorities = [], certificate, key, check = true }: TlsFiles): FileMaterial {
  const only = [authority]
    .flat()
    .filter((file) => file !== "")
    .map(read);
  const more = moreAuthorities.map(read);
  return {
    rejectUnauthorized: check,
    ...(only.length + more.length > 0 && { ca: [...(only.length > 0 ? only : systemAuthorities()), ...more] }),
    ...(certificate !== "" && { cert: read(certificate), key: read(key || certificate) }),
  };
}

/**
 * Paths of the distinct certificates in a directory. Links are not resolved, because Kubernetes replaces their targets
 * when it updates a mounted secret.
 */
export function certificatesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /\.(pem|crt|cer|\d)$/.test(name));
  const paths = names.sort().map((name) => join(folder, name));
  return [...new Map(paths.reverse().map((path) => [realpathSync(path), path])).values()].reverse();
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new TransportError(`cannot read ${file}: ${codeOf(error)}`);
  }
}
