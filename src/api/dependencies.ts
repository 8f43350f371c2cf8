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
  readonly signIns: SignIns;
  readonly followers: Followers;
  /** The OpenAPI document of all routes. */
  readonly document: () => Readonly<Record<string, unknown>>;
}

/** The captures that come with the program. */
export interface Samples {
  list(): readonly { readonly name: string; readonly bytes: number }[];
  /** The bytes of one; undefined for a name that is not in the list. */
  read(name: string): Uint8Array | undefined;
}

/** The limits of signing in. */
export interface SignIns {
  /** Counts an attempt. @returns 0, or seconds until the client may try again */
  attempt(address: string): number;
  /** Whether a refused attempt goes to the audit log: few do, so that they do not displace what users did. */
  isNews(address: string): boolean;
}

/** The users who follow events, once for each connection. */
export interface Followers {
  /** @throws ApiError where there are too many */
  join(user: string): void;
  leave(user: string): void;
}
