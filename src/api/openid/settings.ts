import type { Role } from "../user.ts";

/** Settings of an OpenID Connect provider, as in `web_page.oidc`. */
export interface OpenIdSettings {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** Path of a file with the secret. The file is read at each sign-in, so that the secret can be replaced. */
  readonly client_secret_file: string;
  /** Name of the provider for users; if empty, the host name of the issuer is shown. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly user_claim: string;
  readonly roles_claim: string;
  /** Values of `roles_claim` that grant a role. */
  readonly roles: Readonly<Record<Role, readonly string[]>>;
  readonly default_role: Role | "none";
  /** Lifetime of a session, in milliseconds. */
  readonly session_duration: number;
  /** Path of a PEM file with CA certificates; if empty, the system's CA certificates are used. */
  readonly ca_cert: string;
  /** Origin of the page (`web_page.public_url`), to which the provider returns users. */
  readonly public_url: string;
}
