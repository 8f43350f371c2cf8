import { UsersError } from "./users-error.ts";

/** Maximum length of a user name, in characters. */
export const MOST_NAME = 64;
const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/i;

/** @throws UsersError if the name is not allowed for a new user */
export function checkName(name: string): void {
  if (!NAME.test(name))
    throw new UsersError(
      "invalid_name",
      `"${name}" is not a valid user name: it must start with a letter or a digit, and contain at most ${MOST_NAME} characters (A-Z, a-z, 0-9, ".", "_", "@", "-").`,
    );
}
