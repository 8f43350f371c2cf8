import type { LoadAction } from "../list.ts";
import type { SharedParameters } from "../shared-parameters.ts";

export interface ReadOptions {
  /** All actions, by name. */
  readonly actions: Readonly<Record<string, LoadAction>>;
  /** Environment for `${NAME}` in parameters. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether an unset environment variable is an error, not a warning. */
  readonly strict: boolean;
  /** Shared parameters of the configuration. Absent: unknown, so missing parameters are warnings. */
  readonly shared?: SharedParameters;
  /** Notifiers of all rules, in addition to their own. */
  readonly notifiers?: readonly string[];
}
