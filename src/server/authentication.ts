/**
 * Paths of PEM files for TLS and client certificates. Without `certificate`, HTTPS is disabled; without
 * `client_authority`, client certificates are not requested.
 */
export interface CertificateSettings {
  /** The server certificate, which enables HTTPS. */
  readonly certificate: string;
  /** The private key; if empty, the certificate file contains it. */
  readonly key: string;
  /** CA certificates that client certificates are verified against. */
  readonly client_authority: string;
}

/**
 * The token that clients send as `Authorization: Bearer …`. The check is disabled if both `token` and `token_file` are
 * empty.
 */
export interface TokenSettings {
  readonly token: string;
  /** Path of a file with the token. */
  readonly token_file: string;
  /** A sentence about where to find the token, added to the response to requests without a valid token. */
  readonly tokenHint?: string;
}

/** Whether clients must authenticate. */
export function requiresAuthentication(
  settings: TokenSettings & Pick<CertificateSettings, "client_authority">,
): boolean {
  return settings.token !== "" || settings.token_file !== "" || settings.client_authority !== "";
}
