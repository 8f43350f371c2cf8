import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import type { TlsMaterial } from "../tls.ts";

/** The current credentials for requests. */
export interface Identity {
  /** The `Authorization` header; undefined with only a client certificate, or without credentials. */
  readonly authorization: string | undefined;
  readonly tls: TlsMaterial;
  /** Time until which the credentials are cached, in milliseconds since the epoch. Default: see {@link FRESH}. */
  readonly until?: number;
}

/** An API server, and the credentials for requests to it. */
export interface Credentials {
  readonly server: URL;
  /** @throws Error with a message for the user; it contains no secrets */
  identity(): Promise<Identity>;
  /** Reports that the server rejected the credentials. They are read again. */
  forget(): void;
}

/** Directory with the service account of a pod. */
export const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Time to cache credentials without `until`, in milliseconds. Kubernetes renews tokens about once an hour. */
const FRESH = 60_000;

/** The API server of this pod's cluster, from the environment; undefined outside pods. */
export function serverOfPod(environment: Readonly<Record<string, string | undefined>>): URL | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = environment;
  if (host === "") return undefined;
  const url = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** Credentials of the service account of this pod. */
export function podCredentials(server: URL, folder: string = ACCOUNT): Credentials {
  return remembering(server, async () => {
    try {
      const [token, ca] = await Promise.all([readFile(`${folder}/token`, "utf8"), readFile(`${folder}/ca.crt`)]);
      return { authorization: `Bearer ${token.trim()}`, tls: { ca } };
    } catch {
      throw new Error(`${folder} has no readable token and ca.crt`);
    }
  });
}

/**
 * Caches credentials until they expire. Concurrent callers share a renewal.
 * @param forgotten called when the server rejected them
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
