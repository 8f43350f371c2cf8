import type { Sensor } from "./sensor.ts";
import type { Store } from "./store/store.ts";
import type { Users } from "./users.ts";

/** What the API is made of. */
export interface Parts {
  readonly store: Store;
  readonly sensor: Sensor;
  readonly users: Users;
  /** Whether it is served over TLS. */
  readonly secure: boolean;
  /** The folder with recordings to try rules on. */
  readonly samples: string;
}
