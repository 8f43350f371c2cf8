/** Server certificate and client authority; paths of PEM files, or empty. */
export interface CertificateSettings {
  /** The server certificate, which enables HTTPS. */
  readonly certificate: string;
  /** The key of the certificate; if empty, the certificate file contains the key. */
  readonly key: string;
  /** The authorities that must have issued client certificates. */
  readonly client_authority: string;
}

/** The token that clients send as `Authorization: Bearer …`; empty disables the check. */
export interface TokenSettings {
  readonly token: string;
  /** Path of a file with the token. */
  readonly token_file: string;
  /** A sentence for senders without a token, which states where the token is. */
  readonly tokenHint?: string;
}

/** Whether clients must authenticate. */
export function requiresAuthentication(
  settings: TokenSettings & Pick<CertificateSettings, "client_authority">,
): boolean {
  return settings.token !== "" || settings.token_file !== "" || settings.client_authority !== "";
}
