import { described, list, object, oneOf, optional, orNull, text, time, type Value } from "../schema.ts";
import { roles } from "../user.ts";

export const UserListing = object({
  users: list(
    object({
      name: text(),
      role: oneOf(roles),
      created: optional(time("Time when the token was created; absent for tokens that earlier versions created.")),
    }),
  ),
  obstacle: described(
    orNull(object({ reason: text(), file: text("Path of the users file.") })),
    "Reason why the server cannot change the users file; null if the server can change the file.",
  ),
  provider: orNull(
    text(
      "Name of the OpenID Connect provider; null if no provider is configured. Users of the provider are not in the list.",
    ),
  ),
});
export type UserListing = Value<typeof UserListing>;

export const NewToken = object({ token: text("The token. It cannot be read again.") });
export type NewToken = Value<typeof NewToken>;
