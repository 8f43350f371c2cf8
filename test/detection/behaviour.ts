import type { Need, Stage } from "../../src/drill/action.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import type { LiveSensor } from "../live/sensor.ts";

/** An action of an attacker, for tests and for docs/detection.md. */
export interface Behaviour {
  /** A short phrase, which is unique in its suite. */
  readonly name: string;
  /** Default rules. At least one of these rules must match. */
  readonly rules: readonly string[];
  /** ATT&CK techniques of an alert that is not raised by a rule. */
  readonly techniques?: readonly string[];
  readonly needs?: readonly Need[];
  /** Whether an alert belongs to this behavior although its process is unknown or has no mark in its environment. */
  readonly isOwn?: (alert: DrilledAlert) => boolean;
  /** Performs the action in processes of the stage. Rejects if it could not be performed. */
  readonly act: (stage: Stage) => Promise<unknown>;
}

/** A group of behaviors that share programs and directories. */
export interface Suite {
  /** A heading in docs/detection.md. */
  readonly title: string;
  /** A sentence below the heading. */
  readonly about: string;
  /** Whether a recording contains the events. Default: true. */
  readonly isRecorded?: boolean;
  /**
   * Builds programs and returns the behaviors. `close` removes all created files.
   * @param folder directory for files of the suite
   */
  open(sensor: LiveSensor, folder: string): Promise<OpenSuite>;
}

export interface OpenSuite {
  readonly behaviours: readonly Behaviour[];
  /** Calls `take` with the alerts of the suite's own agent. */
  listen?(take: (alert: DrilledAlert) => void): void;
  close(): void | Promise<void>;
}
