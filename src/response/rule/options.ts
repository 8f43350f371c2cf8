import type { LoadAction } from "../list.ts";
import type { SharedParameters } from "../shared-parameters.ts";

export interface ReadOptions {
  /** All actions, by name. */
  readonly actions: Readonly<Record<string, LoadAction>>;
  /** Environment variables for `${NAME}` in parameters. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether an unset environment variable is an error instead of a warning. */
  readonly strict: boolean;
  /** Shared parameters from the configuration. If absent, a missing parameter is a warning instead of an error. */
  readonly shared?: SharedParameters;
  /** Notifiers for all rules, in addition to those of each rule. */
  readonly notifiers?: readonly string[];
}
