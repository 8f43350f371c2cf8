import { type Settings, word } from "../../setting/shape.ts";

/** Configuration key for whether HTTP listeners require a token, which the agent creates. */
export const requireTokenKey = {
  require_token: word(
    ["auto", "always", "never"],
    "auto",
    "Whether senders need a token if neither a token nor a CA is configured: `auto` (required on a loopback address if this machine has other users), `always` or `never`. The token is created at startup in the file `intake-token` next to the journal.",
  ),
};

export type RequireToken = Settings<typeof requireTokenKey>["require_token"];
