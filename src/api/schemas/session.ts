import { object, oneOf, orNull, text, type Value } from "../schema.ts";
import { roles } from "../user.ts";

export const Session = object({ user: text(), role: oneOf(roles), csrf: text("Value for the header x-eyas-csrf.") });
export type Session = Value<typeof Session>;

/** Methods with which users can sign in, in addition to tokens. */
export const SignInMethods = object({
  oidc: orNull(
    object({
      name: text("Name of the OpenID Connect provider."),
      origin: text("Origin of the web UI at which users sign in (`web_page.public_url`)."),
    }),
  ),
});
export type SignInMethods = Value<typeof SignInMethods>;
