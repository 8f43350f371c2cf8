import { systemTls, type TlsFiles } from "../../transport/tls.ts";

/**
 * Paths of PEM files that outputs share. Empty paths mean no file in `tlsclient`, and a default name in the directory
 * `mutualtlsfilespath` in `mutualtlsclient`.
 */
export interface SharedCertificates {
  readonly tlsclient: { readonly cacertfile: string };
  readonly mutualtlsclient: { readonly certfile: string; readonly keyfile: string; readonly cacertfile: string };
  readonly mutualtlsfilespath: string;
}

/** The TLS files of a receiver that uses the shared certificates. */
export function tlsWith(
  { tlsclient, mutualtlsclient, mutualtlsfilespath }: SharedCertificates,
  { checkcert, mutualtls }: { readonly checkcert: boolean; readonly mutualtls: boolean },
): TlsFiles {
  const more = tlsclient.cacertfile === "" ? [] : [tlsclient.cacertfile];
  if (!mutualtls) return { ...systemTls, check: checkcert, moreAuthorities: more };
  const at = (own: string, name: string): string => (own === "" ? `${mutualtlsfilespath}/${name}` : own);
  return {
    authority: at(mutualtlsclient.cacertfile, "ca.crt"),
    moreAuthorities: more,
    certificate: at(mutualtlsclient.certfile, "client.crt"),
    key: at(mutualtlsclient.keyfile, "client.key"),
  };
}
