import { print } from "../../../telemetry/print.ts";
import { certificatesIn, type TlsFiles } from "../../../transport/tls.ts";
import type { Delivery, Line, Output } from "../../output.ts";
import { secretsOf } from "../../transport/address.ts";
import { type Http, type HttpSettings, openHttp } from "../../transport/http.ts";
import { inGroups } from "../../transport/in-groups.ts";

/** Keys of `http_output`. */
export interface HttpOutputKeys {
  readonly url: string;
  readonly user_agent: string;
  readonly insecure: boolean;
  readonly ca_cert: string;
  readonly ca_bundle: string;
  readonly ca_path: string;
  readonly mtls: boolean;
  readonly client_cert: string;
  readonly client_key: string;
  readonly echo: boolean;
  readonly compress_uploads: boolean;
  readonly keep_alive: boolean;
  readonly max_consecutive_timeouts: number;
}

const SYSTEM_PATH = "/etc/ssl/certs";

/** Sends one request per alert, with its line as the body, as Falco's `http_output` does. */
export function httpOutput(line: Line, json: boolean, keys: HttpOutputKeys): Output {
  const url = new URL(keys.url);
  const type = json ? "application/json" : "text/plain";
  let http: Http | undefined;

  async function send(body: string): Promise<Delivery> {
    let client: Http;
    try {
      client = http ?? openHttp(settingsOf(keys, url));
    } catch (error) {
      return { outcome: "retry", reason: `ca_path cannot be read: ${String(error)}` };
    }
    http = client;
    let answer = await client.send({ url, body, type });
    for (
      let again = 0;
      answer.status === undefined && answer.timedOut && again < keys.max_consecutive_timeouts;
      again++
    )
      answer = await client.send({ url, body, type });
    if (answer.status === undefined)
      reopen(); // read the directory of CAs again, which may have other files
    else if (keys.echo) print(`${answer.body}\n`);
    return client.classify(answer);
  }

  function reopen(): void {
    http?.reopen();
    http = undefined;
  }

  return {
    name: "http",
    remote: true,
    deliver: (batch) => inGroups(batch, 1, ([alert]) => send(alert === undefined ? "" : line(alert))),
    reopen,
    async close() {
      reopen();
    },
  };
}

function settingsOf(keys: HttpOutputKeys, url: URL): Partial<HttpSettings> {
  return {
    keepAlive: keys.keep_alive,
    gzip: keys.compress_uploads,
    headers: { "User-Agent": keys.user_agent },
    secrets: secretsOf(url),
    tls: tlsOf(keys),
  };
}

/** TLS files of the connection. As in Falco, the first of certificate, bundle and directory that is set is used. */
function tlsOf({ insecure, ca_cert, ca_bundle, ca_path, mtls, client_cert, client_key }: HttpOutputKeys): TlsFiles {
  const [file] = [ca_cert, ca_bundle].filter((each) => each !== "");
  const folder = ca_path === SYSTEM_PATH || ca_path === "" ? [] : certificatesIn(ca_path);
  return {
    authority: file ?? folder,
    certificate: mtls ? client_cert : "",
    key: mtls ? client_key : "",
    check: !insecure,
  };
}
