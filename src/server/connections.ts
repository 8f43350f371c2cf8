import type { Socket } from "node:net";
import { clientOf } from "./rate.ts";

/**
 * The connections of a listener. At the limit, a new connection replaces the least recently active connection without
 * authentication and without a request in progress; otherwise, one without authentication; otherwise, one without a
 * request. If all connections are authenticated and have requests, the new connection is closed. A client that does not
 * use a loopback address can have at most half of the connections; its additional connections replace its other
 * connections in the same order.
 */
export interface Connections {
  /** Adds a connection, and closes one if there are too many. */
  add(socket: Socket): void;
  /**
   * Begins a request on a connection.
   * @returns the number of requests in progress on it; 0 if it is closed
   */
  begin(socket: Endpoint): number;
  /** Ends a request. */
  end(socket: Endpoint): void;
  /** Records that data arrived on a connection without requests. */
  touch(socket: Endpoint): void;
  /** Records that the client has authenticated, or that an endpoint without authentication accepted its data. */
  trust(socket: Endpoint): void;
  /** Number of connections closed because there were too many. */
  readonly evicted: number;
}

/** A socket, or the TLS socket on top of it. */
type Endpoint = Pick<Socket, "remoteAddress" | "remotePort">;

interface Connection {
  readonly socket: Socket;
  readonly key: string;
  readonly client: string;
  /** Whether the client may use all connections, since all users of this machine share its address. */
  readonly mayFill: boolean;
  open: boolean;
  requests: number;
  trusted: boolean;
  /** The set that contains the connection. */
  rank: Set<Connection>;
}

/** @param most maximum number of connections */
export function openConnections(most: number): Connections {
  const all = new Map<string, Connection>();
  const perClient = new Map<string, number>();
  /**
   * Sets in the order of eviction, each with the least recently active connection first. Connections in `trustedBusy`
   * are not evicted.
   */
  const idle = new Set<Connection>();
  const busy = new Set<Connection>();
  const trustedIdle = new Set<Connection>();
  const trustedBusy = new Set<Connection>();
  let evicted = 0;

  function place(one: Connection): void {
    one.rank.delete(one);
    if (one.trusted) one.rank = one.requests === 0 ? trustedIdle : trustedBusy;
    else one.rank = one.requests === 0 ? idle : busy;
    one.rank.add(one);
  }

  function remove(one: Connection): void {
    if (!one.open) return;
    one.open = false;
    one.rank.delete(one);
    if (all.get(one.key) === one) all.delete(one.key);
    const left = (perClient.get(one.client) ?? 1) - 1;
    if (left === 0) perClient.delete(one.client);
    else perClient.set(one.client, left);
  }

  /** The connection to close for `added`. */
  function victim(added: Connection): Connection | undefined {
    const count = perClient.get(added.client) ?? 0;
    const own = !added.mayFill && count > Math.max(1, most / 2);
    if (!own && all.size <= most) return undefined;
    for (const rank of [idle, busy, trustedIdle])
      for (const one of rank) if (one !== added && (!own || one.client === added.client)) return one;
    return added;
  }

  return {
    get evicted() {
      return evicted;
    },
    add(socket) {
      const address = socket.remoteAddress ?? "";
      const one: Connection = {
        ...{ socket, key: keyOf(socket), client: clientOf(address), mayFill: isLoopback(address) },
        ...{ open: true, requests: 0, trusted: false, rank: idle },
      };
      all.set(one.key, one);
      perClient.set(one.client, (perClient.get(one.client) ?? 0) + 1);
      place(one);
      socket.once("close", () => remove(one));
      const other = victim(one);
      if (other === undefined) return;
      evicted++;
      remove(other);
      other.socket.destroy();
    },
    begin(socket) {
      const one = all.get(keyOf(socket));
      if (one === undefined) return 0;
      one.requests++;
      place(one);
      return one.requests;
    },
    end(socket) {
      const one = all.get(keyOf(socket));
      if (one === undefined) return;
      one.requests--;
      place(one);
    },
    touch(socket) {
      const one = all.get(keyOf(socket));
      if (one !== undefined) place(one);
    },
    trust(socket) {
      const one = all.get(keyOf(socket));
      if (one === undefined || one.trusted) return;
      one.trusted = true;
      place(one);
    },
  };
}

/** Identifies a connection, equal for a socket and the TLS socket on top of it. */
function keyOf({ remoteAddress, remotePort }: Endpoint): string {
  return `${remoteAddress} ${remotePort}`;
}

function isLoopback(address: string): boolean {
  return address === "::1" || clientOf(address).startsWith("127.");
}
