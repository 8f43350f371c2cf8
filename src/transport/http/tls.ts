import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { TransportError } from "./error.ts";

/** Paths of PEM files; "" for none. They are read for each request, so renewed ones count. */
export interface TlsFiles {
  /** The authorities to trust instead of the system's. */
  readonly authority: string;
  /** Our own certificate and its key. */
  readonly certificate: string;
  readonly key: string;
  /** Whether the server's certificate has to be valid. */
  readonly check: boolean;
}

/** The same as PEM texts. */
export interface TlsMaterial {
  readonly ca?: Buffer | string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  /** The name that the server's certificate has to hold; absent: the host of its URL. */
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export const systemTls: TlsFiles = { authority: "", certificate: "", key: "", check: true };

/** What Node needs for a connection: one object for the same certificates. */
export interface SecureOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
}

/** By a hash of the certificates: making a context costs milliseconds. */
const known = new Map<string, SecureOptions>();
const MOST_KNOWN = 16;

/** @throws TransportError where a file cannot be read, or is no certificate or key */
export function secureOptions(tls: TlsFiles | TlsMaterial): SecureOptions {
  const material = "authority" in tls ? materialOf(tls) : tls;
  const { ca, cert, key, servername, rejectUnauthorized = true } = material;
  const texts = [ca, cert, key, servername].map((text) => text?.toString());
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

function contextOf({ ca, cert, key }: TlsMaterial, tls: TlsFiles | TlsMaterial): SecureContext {
  try {
    return createSecureContext({
      ca: ca ?? [...getCACertificates("bundled"), ...getCACertificates("system")],
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      minVersion: "TLSv1.2",
    });
  } catch {
    const files = "authority" in tls ? [tls.authority, tls.certificate, tls.key].filter((file) => file !== "") : [];
    throw new TransportError(`certificates can't be used${files.length > 0 ? `: ${files.join(", ")}` : ""}`);
  }
}

function materialOf({ authority, certificate, key, check }: TlsFiles): TlsMaterial {
  const [ca, cert, secret] = [authority, certificate, key].map(read);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(secret !== undefined && { key: secret }),
    rejectUnauthorized: check,
  };
}

function read(file: string): string | undefined {
  if (file === "") return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new TransportError(`${file} can't be read`);
  }
}
