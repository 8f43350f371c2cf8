/** The certificate of a server, and the authority of its clients' certificates: paths of PEM files, or empty. */
export interface CertificateSettings {
  /** Makes it HTTPS. */
  readonly certificate: string;
  /** Its key; empty: in the same file. */
  readonly key: string;
  /** The authorities that clients' certificates have to be from. */
  readonly client_authority: string;
}

/** The token that clients show as `Authorization: Bearer …`; empty: none. */
export interface TokenSettings {
  readonly token: string;
  /** A file that holds it. */
  readonly token_file: string;
}

/** Whether clients have to authenticate. */
export function requiresAuthentication(
  settings: TokenSettings & Pick<CertificateSettings, "client_authority">,
): boolean {
  return settings.token !== "" || settings.token_file !== "" || settings.client_authority !== "";
}
