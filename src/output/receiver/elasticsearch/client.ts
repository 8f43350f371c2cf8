import { basicAuth } from "../../transport/address.ts";
import type { SharedCertificates } from "../../transport/certificates.ts";
import { type Http, openHttp } from "../../transport/http.ts";
import { type HttpKeys, httpSettings } from "../../transport/http-form.ts";
import type { StoreKeys } from "./templates.ts";

export interface ElasticsearchKeys extends StoreKeys, HttpKeys {
  readonly apikey: string;
  readonly username: string;
  readonly password: string;
  readonly pipeline: string;
  readonly flattenfields: boolean;
  readonly enablecompression: boolean;
  readonly maxconcurrentrequests: number;
  readonly batching: { readonly batchsize: number };
  /** Whether agents write their states. */
  readonly reportstate: boolean;
  /** The data stream with the states of agents. */
  readonly machines: string;
  readonly machinesretention: number;
}

/** Opens a client with the credentials and certificates of the output. */
export function openStore(keys: ElasticsearchKeys, certificates: SharedCertificates): Http {
  const { username, password, apikey, enablecompression } = keys;
  const key: Readonly<Record<string, string>> = apikey === "" ? {} : { Authorization: `ApiKey ${apikey}` };
  const form = {
    urls: [new URL(keys.hostport)],
    headers: { ...key, ...basicAuth(username, password) },
    secrets: [apikey, password],
    gzip: enablecompression,
  };
  return openHttp(httpSettings(form, keys, certificates));
}
