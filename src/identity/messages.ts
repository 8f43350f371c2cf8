import type { ProgramFacts } from "../machine/program.ts";
import type { Executable, Obstacle } from "./examine.ts";
import type { PackageData } from "./packages/databases.ts";

/** Settings of the worker that examines executables. */
export interface WorkerSettings {
  readonly hostRoot: string;
  /** Maximum size of an executable that is hashed, in bytes. */
  readonly maxBytes: number;
  /** Average number of bytes read per second. */
  readonly rate: number;
  /** Idle time after which the worker offers to end, in milliseconds. */
  readonly idle: number;
}

/** The state of a worker that ended because it was idle. */
export interface Remembered {
  /** Serialized results; see `Results` of the worker. */
  readonly results: Uint8Array;
  readonly packages: PackageData;
}

/** The start data of a worker. */
export interface WorkerStart extends WorkerSettings {
  readonly remembered: Remembered | undefined;
}

/** The number that identifies an executable in messages between main thread and worker. */
type Id = number;

export type Command =
  | { readonly kind: "examine"; readonly id: Id; readonly executable: Executable }
  | { readonly kind: "close" };

/** `hashed`, or why there is no hash. `skipped`: too many executables were waiting. */
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
  /** Facts have changed with the packages, or some facts are known before the content is read. */
  | { readonly kind: "changed"; readonly id: Id; readonly facts: ProgramFacts }
  /** The worker is idle. It may end, and another worker can start with these results. */
  | { readonly kind: "idle"; readonly results: Uint8Array }
  | { readonly kind: "closed" };
