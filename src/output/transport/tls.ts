import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";

/** How the other end of a TLS connection is known, and how we are known to it. Paths of PEM files. */
export interface TlsSettings {
  /** Takes whatever certificate the other end shows. */
  readonly insecure: boolean;
  /** Instead of the authorities that the system trusts; an empty list leaves those. */
  readonly onlyAuthorities: readonly string[];
  /** Beside them. */
  readonly moreAuthorities: readonly string[];
  /** Our own certificate. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

export const systemTls: TlsSettings = { insecure: false, onlyAuthorities: [], moreAuthorities: [], client: undefined };

/** What Node needs for a connection: the PEM files' text. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly minVersion: "TLSv1.2";
}

/**
 * Reads what TLS needs.
 * @throws what the system answers where a file can't be read
 */
export function readTls(settings: TlsSettings): TlsOptions {
  const { insecure, onlyAuthorities, moreAuthorities, client } = settings;
  const trusted =
    onlyAuthorities.length > 0
      ? onlyAuthorities.map(read)
      : [...getCACertificates("bundled"), ...getCACertificates("system")];
  return {
    rejectUnauthorized: !insecure,
    ca: [...trusted, ...moreAuthorities.map(read)],
    ...(client && { cert: read(client.cert), key: read(client.key) }),
    minVersion: "TLSv1.2",
  };
}

/** The certificates in a folder, each once. */
export function certificatesIn(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => /\.(pem|crt|cer|\d)$/.test(name));
  return [...new Set(files.sort().map((name) => realpathSync(join(folder, name))))];
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}
