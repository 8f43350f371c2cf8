import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { KafkaPlace } from "../kafka/server.ts";

/** Names the socket at which the run's process starts what test files share (test/shared-servers.ts). */
export const SHARED_SERVERS = "EYAS_TEST_SERVERS";

/** The servers that there are, and what is told of each. */
export interface SharedServers {
  readonly kafka: KafkaPlace;
  /** Its address. */
  readonly "opensearch-2": string;
  readonly "opensearch-3": string;
}

/**
 * A server that all test files of a run share; started when the first one asks. Names of topics, groups and indexes are to
 * be unique.
 * @throws Error that says why it did not start
 */
export async function sharedServer<Name extends keyof SharedServers>(name: Name): Promise<SharedServers[Name]> {
  const socket = connect(process.env[SHARED_SERVERS] ?? "");
  socket.end(name);
  const { place, error } = JSON.parse(await text(socket)) as { place?: SharedServers[Name]; error?: string };
  if (place === undefined) throw new Error(error ?? `${name} did not start`);
  return place;
}
