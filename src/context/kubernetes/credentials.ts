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

export function isSameTls(some: TlsOptions, other: TlsOptions): boolean {
  const names = ["ca", "cert", "key", "servername", "rejectUnauthorized"] as const;
  return names.every((name) => String(some[name]) === String(other[name]));
}

/** Who we are, at the moment. */
export interface Identity {
  /** The value of the header `Authorization`; undefined where a certificate says it, or nothing does. */
  readonly authorization: string | undefined;
  readonly tls: TlsOptions;
  /** Until when that may be used without asking again, where that is told: milliseconds since the epoch. */
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

/** Where a pod finds its service account. */
export const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
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
  return remembering(server, async () => {
    try {
      const [token, ca] = await Promise.all([readFile(`${folder}/token`, "utf8"), readFile(`${folder}/ca.crt`)]);
      return { authorization: `Bearer ${token.trim()}`, tls: { ca } };
    } catch {
      throw new Error(`${folder} has no token and ca.crt that can be read`);
    }
  });
}

/**
 * Credentials that are asked for once in a while: by those who come at the same time, once.
 * @param forgotten called when the server did not take them
 */
export function remembering(server: URL, ask: () => Promise<Identity>, forgotten: () => void = () => {}): Credentials {
  let known: Identity | undefined;
  let asking: Promise<Identity> | undefined;
  let read = 0;
  const isFresh = ({ until }: Identity): boolean =>
    until === undefined ? performance.now() - read < FRESH : Date.now() < until;
  return {
    server,
    async identity() {
      if (known !== undefined && isFresh(known)) return known;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      known = await asking;
      read = performance.now();
      return known;
    },
    forget() {
      known = undefined;
      forgotten();
    },
  };
}
