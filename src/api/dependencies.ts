import type { Posture } from "../posture/reading.ts";
import type { AgentView } from "./agent-view.ts";
import type { Store } from "./store/store.ts";
import type { Users } from "./user.ts";

/** The dependencies of routes. */
export interface Dependencies {
  readonly store: Store;
  readonly sensor: AgentView;
  readonly users: Users;
  /** Whether the page is served over TLS. */
  readonly secure: boolean;
  readonly samples: Samples;
  readonly captures: Captures;
  readonly signIns: SignIns;
  readonly followers: Followers;
  readonly posture: Pick<Posture, "look">;
  /** The OpenAPI document of all routes. */
  readonly document: () => Readonly<Record<string, unknown>>;
}

/** The bundled captures. */
export interface Samples {
  list(): readonly { readonly name: string; readonly bytes: number }[];
  /** The bytes of a capture; undefined for an unknown name. */
  read(name: string): Uint8Array | undefined;
}

/** Captures that alerts refer to. Files are read from the configured folder; only the file name of a path is used. */
export interface Captures {
  has(stated: string): Promise<boolean>;
  /** Reads a capture; yields nothing if it does not exist. */
  read(stated: string): AsyncIterable<Uint8Array>;
}

/**
 * Rate limits for wrong tokens. Valid tokens are never limited, because all users of a machine or behind a proxy share
 * an address, and a token of 256 random bits cannot be guessed.
 */
export interface SignIns {
  /** Counts a wrong token. @returns 0, or the seconds until the client can try again */
  refuse(address: string): number;
  /**
   * Whether to write a rejected attempt to the audit log. Rate-limited, so that attempts do not displace other entries.
   */
  isNews(address: string): boolean;
}

/** Open event streams by user, one entry per connection. */
export interface Followers {
  /** @throws ApiError if too many streams are open */
  join(user: string): void;
  leave(user: string): void;
}
