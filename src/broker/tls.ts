import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";

/** What Node's TLS takes: PEM texts. */
export interface BrokerTls {
  readonly rejectUnauthorized: boolean;
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
}

/** Paths of PEM files; empty: the system's authorities, no certificate of our own. */
export interface TlsFiles {
  readonly authority: string;
  readonly certificate: string;
  /** Where the key is, unless in the file of the certificate. */
  readonly key: string;
}

/**
 * Reads what TLS needs to reach a broker.
 * @throws what the system answers where a file can't be read
 */
export function readBrokerTls({ authority, certificate, key }: TlsFiles): BrokerTls {
  const system = (): string[] => [...getCACertificates("bundled"), ...getCACertificates("system")];
  const read = (file: string): string => readFileSync(file, "utf8");
  return {
    rejectUnauthorized: true,
    ca: authority === "" ? system() : [read(authority)],
    ...(certificate !== "" && { cert: read(certificate), key: read(key || certificate) }),
  };
}
