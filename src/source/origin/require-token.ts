import { type Settings, word } from "../../setting/shape.ts";

/** The key that decides whether HTTP listeners require a token that the agent creates. */
export const requireTokenKey = {
  require_token: word(
    ["auto", "always", "never"],
    "auto",
    "Whether senders need a token if neither a token nor an authority is configured: `auto` (on a loopback address, if this machine has other users), `always`, `never`. The token is created at start in `intake-token` beside the journal.",
  ),
};

export type RequireToken = Settings<typeof requireTokenKey>["require_token"];
