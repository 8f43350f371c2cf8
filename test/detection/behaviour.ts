import type { Need, Stage } from "../../src/drill/action.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import type { LiveSensor } from "../live/sensor.ts";

/** Something that an attacker does, for tests and for docs/detection.md. */
export interface Behaviour {
  /** A short phrase, unique in its suite. */
  readonly name: string;
  /** Default rules, of which at least one must match. */
  readonly rules: readonly string[];
  /** ATT&CK techniques of an alert that is of no rule. */
  readonly techniques?: readonly string[];
  readonly needs?: readonly Need[];
  /** Whether an alert belongs to it whose process does not have the mark in its environment, or is not known. */
  readonly isOwn?: (alert: DrilledAlert) => boolean;
  /** Does it, in processes of the stage. Rejects if it could not be done. */
  readonly act: (stage: Stage) => Promise<unknown>;
}

/** Behaviours that share programs and folders. */
export interface Suite {
  /** A heading of docs/detection.md. */
  readonly title: string;
  /** A sentence below it. */
  readonly about: string;
  /** Whether a recording has the events. Default: true. */
  readonly isRecorded?: boolean;
  /**
   * Builds programs and returns the behaviours. `close` removes everything.
   * @param folder for files of the suite
   */
  open(sensor: LiveSensor, folder: string): Promise<OpenSuite>;
}

export interface OpenSuite {
  readonly behaviours: readonly Behaviour[];
  /** Passes the alerts of an agent of the suite's own. */
  listen?(take: (alert: DrilledAlert) => void): void;
  close(): void | Promise<void>;
}
