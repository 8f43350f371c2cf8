import type { LoadAction } from "../list.ts";
import type { SharedParameters } from "../shared-parameters.ts";

export interface ReadOptions {
  /** What can be done, by name. */
  readonly actions: Readonly<Record<string, LoadAction>>;
  /** For `${NAME}` in parameters. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a variable that is not set is a mistake, or only worth saying. */
  readonly strict: boolean;
  /** What the configuration gives to all actions of a kind. Absent: it is not known, and may give what is missing. */
  readonly shared?: SharedParameters;
}
