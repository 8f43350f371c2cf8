import type { LoadAction } from "../actions.ts";

export interface ReadOptions {
  /** What can be done, by name. */
  readonly actions: Readonly<Record<string, LoadAction>>;
  /** For `${NAME}` in parameters. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a variable that is not set is a mistake, or only worth saying. */
  readonly strict: boolean;
}
