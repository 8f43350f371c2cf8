import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import type { TlsMaterial } from "../tls.ts";

/** The current credentials of requests. */
export interface Identity {
  /** The `Authorization` header; undefined if a client certificate is used, or none. */
  readonly authorization: string | undefined;
  readonly tls: TlsMaterial;
  /** When it expires, if known: milliseconds since the epoch. */
  readonly until?: number;
}

/** An API server, and the identity that requests have there. */
export interface Credentials {
  readonly server: URL;
  /** @throws Error with one sentence without secrets */
  identity(): Promise<Identity>;
  /** The server rejected them: they are read again. */
  forget(): void;
}

/** The folder of a pod's service account. */
export const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Milliseconds for which a token is not read again: it is renewed every hour or so. */
const FRESH = 60_000;

/** The API server of the cluster that a pod runs in, from its environment; undefined outside pods. */
export function serverOfPod(environment: Readonly<Record<string, string | undefined>>): URL | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = environment;
  if (host === "") return undefined;
  const url = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** Those of the service account of the pod that this runs in. */
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
 * Credentials that are cached until they expire and renewed once for all callers.
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
