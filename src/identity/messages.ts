import type { ProgramFacts } from "../machine/program.ts";
import type { Executable, Obstacle } from "./examine.ts";
import type { PackageData } from "./packages/databases.ts";

/** Settings of the worker that examines executables. */
export interface WorkerSettings {
  readonly hostRoot: string;
  /** Maximum size of executables that are hashed, in bytes. Executables with a checksum in a package may be larger. */
  readonly maxBytes: number;
  /** Maximum average read rate, in bytes per second. */
  readonly rate: number;
  /** Idle time after which the worker reports that it can be stopped, in milliseconds. */
  readonly idle: number;
}

/** The state of a worker that was stopped because it was idle. */
export interface Remembered {
  /** Serialized results; see `Results` in `worker.ts`. */
  readonly results: Uint8Array;
  readonly packages: PackageData;
}

/** The start data of a worker. */
export interface WorkerStart extends WorkerSettings {
  readonly remembered: Remembered | undefined;
}

/** Number that identifies an executable in messages between the main thread and the worker. */
type Id = number;

export type Command =
  | { readonly kind: "examine"; readonly id: Id; readonly executable: Executable }
  | { readonly kind: "close" };

/** `hashed`, `skipped` if too many executables were waiting, or the reason why there is no hash. */
export type Outcome = "hashed" | "skipped" | Obstacle;

export type Message =
  /** The package databases of the machine have been read. */
  | { readonly kind: "packages"; readonly packages: PackageData }
  /** An executable has been examined. `final` is false if its package is not known yet. */
  | {
      readonly kind: "examined";
      readonly id: Id;
      readonly facts: ProgramFacts;
      readonly outcome: Outcome;
      readonly final: boolean;
    }
  /**
   * The facts of an executable have changed, because the package databases changed or because some facts are available
   * before the content has been read.
   */
  | { readonly kind: "changed"; readonly id: Id; readonly facts: ProgramFacts }
  /** The worker is idle and can be stopped. A new worker can be started with these results. */
  | { readonly kind: "idle"; readonly results: Uint8Array }
  | { readonly kind: "closed" };
