import { described, list, object, oneOf, optional, orNull, text, time, type Value } from "../schema.ts";
import { roles } from "../user.ts";

export const UserListing = object({
  users: list(
    object({
      name: text(),
      role: oneOf(roles),
      created: optional(time("When the token was created; absent for tokens of earlier versions.")),
    }),
  ),
  obstacle: described(
    orNull(object({ reason: text(), file: text("Path of the users file.") })),
    "Why the server cannot change the users file; null if it can.",
  ),
  provider: orNull(
    text("Name of the OpenID Connect provider, whose users are not in the list; null if there is none."),
  ),
});
export type UserListing = Value<typeof UserListing>;

export const NewToken = object({ token: text("The token. It cannot be read again.") });
export type NewToken = Value<typeof NewToken>;
