import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { KafkaAddresses } from "../kafka/server.ts";

/**
 * Environment variable with the path of the socket through which shared servers are started (test/shared-servers.ts).
 */
export const SHARED_SERVERS = "EYAS_TEST_SERVERS";

/** Shared servers, with the results of their start. */
export interface SharedServers {
  readonly kafka: KafkaAddresses;
  /** Address of the server. */
  readonly "opensearch-2": string;
  readonly "opensearch-3": string;
  /** Directory with the container image (scripts/package/image.fixture.ts). */
  readonly image: string;
  /** Directory of a guest that has not been started (test/guest/guest.ts). */
  readonly "guest disk": string;
  /** Directory of a guest that has powered off. */
  readonly guest: string;
}

/**
 * Returns a server that all test files of a run share. It is started at the first request. Names of topics, groups and
 * indexes must be unique.
 * @throws Error with the reason if the server did not start
 */
export async function sharedServer<Name extends keyof SharedServers>(name: Name): Promise<SharedServers[Name]> {
  const socket = connect(process.env[SHARED_SERVERS] ?? "");
  socket.end(name);
  const { place, error } = JSON.parse(await text(socket)) as { place?: SharedServers[Name]; error?: string };
  if (place === undefined) throw new Error(error ?? `${name} did not start`);
  return place;
}
