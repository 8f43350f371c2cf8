import { object, oneOf, text, type Value } from "../schema.ts";
import { roles } from "../user.ts";

export const Session = object({ user: text(), role: oneOf(roles), csrf: text("Value for the header x-eyas-csrf.") });
export type Session = Value<typeof Session>;
