import { openClient } from "../transport/kubernetes/client.ts";
import { type ClusterSettings, configuredCredentials, nodeName } from "../transport/kubernetes/configured.ts";
import { type Reader, readPosture } from "./read.ts";
import type { Posture } from "./reading.ts";

export type { ClusterSettings } from "../transport/kubernetes/configured.ts";

export interface PostureTimes {
  /** Maximum age of a posture, in milliseconds. A request for an older posture starts another read. */
  readonly lifetime: number;
  /** Minimum age of a posture at which a user can request another read, in milliseconds. */
  readonly pause: number;
  /**
   * Minimum time between two reads, as a multiple of the duration of a read, because lists of large clusters are
   * expensive for the API server.
   */
  readonly pauses: number;
  /** Maximum time that a request waits for the end of a read, in milliseconds. */
  readonly wait: number;
  /** Maximum duration of a read, in milliseconds. */
  readonly longest: number;
}

export const usualTimes: PostureTimes = { lifetime: 600_000, pause: 30_000, pauses: 4, wait: 3000, longest: 600_000 };

export interface PostureOptions {
  readonly times?: PostureTimes;
  /**
   * Environment variables of the process. In a pod, they contain the address of the API server and the name of the
   * node.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Directory with the service account token. */
  readonly account?: string;
}

export function openPosture(
  settings: ClusterSettings,
  { times = usualTimes, environment = process.env, account }: PostureOptions = {},
): Posture {
  const stop = new AbortController();
  let last: Reader | undefined;
  let current: Reader | undefined;
  let starting: Promise<void> | undefined;
  let absent = "";

  async function start(): Promise<void> {
    try {
      const credentials = await configuredCredentials(settings, environment, account);
      if (credentials === undefined) {
        absent = ABSENT;
        return;
      }
      const client = openClient(credentials, { timeout: settings.timeout, keepAlive: true });
      const { signal } = stop;
      const place = { server: credentials.server.origin, node: nodeName(settings, environment) };
      const reader = readPosture({ client, signal, timeout: times.longest, ...place });
      current = reader;
      absent = "";
      last ??= reader;
      void reader.done.then(() => {
        client.close();
        last = reader;
        current = undefined;
      });
    } catch (error) {
      absent = error instanceof Error ? `${error.message.replace(/\.$/, "")}.` : String(error);
    }
  }

  function isDue(fresh: boolean): boolean {
    if (current !== undefined || starting !== undefined) return false;
    if (last === undefined) return true;
    const { began, ended = began } = last.reading;
    const pause = Math.max(times.pause, times.pauses * (ended - began));
    return Date.now() - ended >= (fresh ? pause : Math.max(pause, times.lifetime));
  }

  return {
    async look(fresh) {
      if (isDue(fresh))
        starting = start().finally(() => {
          starting = undefined;
        });
      await starting;
      if (current !== undefined) await withPatience(current.done, times.wait);
      if (last === undefined) return { absent };
      return { reading: last.reading, isReading: current !== undefined, ...(absent !== "" && { stale: absent }) };
    },
    close: () => stop.abort(),
  };
}

async function withPatience(work: Promise<void>, wait: number): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, wait);
  await Promise.race([work, patience.promise]);
  clearTimeout(timer);
}

const ABSENT =
  "No API server is configured: Eyas does not run in a pod with a service account, and kubernetes.kubeconfig is not set.";
