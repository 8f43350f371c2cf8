import { systemTls, type TlsSettings } from "./tls.ts";

/** Certificates for all receivers: paths of PEM files, empty where there are none. */
export interface SharedCertificates {
  readonly tlsclient: { readonly cacertfile: string };
  readonly mutualtlsclient: { readonly certfile: string; readonly keyfile: string; readonly cacertfile: string };
  readonly mutualtlsfilespath: string;
}

/** How a receiver is known, and how we are known to it, with those certificates. */
export function tlsWith(
  { tlsclient, mutualtlsclient, mutualtlsfilespath }: SharedCertificates,
  { checkcert, mutualtls }: { readonly checkcert: boolean; readonly mutualtls: boolean },
): TlsSettings {
  const more = tlsclient.cacertfile === "" ? [] : [tlsclient.cacertfile];
  if (!mutualtls) return { ...systemTls, insecure: !checkcert, moreAuthorities: more };
  const at = (own: string, name: string): string => (own === "" ? `${mutualtlsfilespath}/${name}` : own);
  return {
    insecure: false,
    onlyAuthorities: [at(mutualtlsclient.cacertfile, "ca.crt")],
    moreAuthorities: more,
    client: { cert: at(mutualtlsclient.certfile, "client.crt"), key: at(mutualtlsclient.keyfile, "client.key") },
  };
}
