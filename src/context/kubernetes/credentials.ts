import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";

/** What a connection to the API server is made with. */
export interface TlsOptions {
  readonly ca?: Buffer | string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Who we are, at the moment. */
export interface Identity {
  /** The value of the header `Authorization`; undefined where a certificate says it, or nothing does. */
  readonly authorization: string | undefined;
  readonly tls: TlsOptions;
  /** When that ends, where it is known: milliseconds since the epoch. */
  readonly until?: number;
}

/** Where the API server is, and who asks. */
export interface Credentials {
  readonly server: URL;
  /** @throws Error with one sentence, in which there is nothing secret */
  identity(): Promise<Identity>;
  /** The server did not take them: they are read anew. */
  forget(): void;
}

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Milliseconds in which a token is not read again: it is renewed every hour or so. */
const FRESH = 60_000;

/** What a pod finds in its environment; undefined outside pods. */
export function serverOfPod(environment: Readonly<Record<string, string | undefined>>): URL | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = environment;
  if (host === "") return undefined;
  const url = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** The service account of the pod that this runs in. */
export function podCredentials(server: URL, folder: string = ACCOUNT): Credentials {
  let known: Identity | undefined;
  let read = 0;
  return {
    server,
    async identity() {
      const now = performance.now();
      if (known !== undefined && now - read < FRESH) return known;
      const [token, ca] = await Promise.all([readFile(`${folder}/token`, "utf8"), readFile(`${folder}/ca.crt`)]);
      known = { authorization: `Bearer ${token.trim()}`, tls: { ca } };
      read = now;
      return known;
    },
    forget() {
      known = undefined;
    },
  };
}

export const serviceAccountToken: string = `${ACCOUNT}/token`;
