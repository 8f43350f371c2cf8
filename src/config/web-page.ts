import { flag, number, section, size, text, texts, word } from "../setting/shape.ts";

/** The web page and its API. */
export const webPage = section("The web page over the journal, and its API (docs/api.md). `eyas start` has it on.", {
  enabled: flag(false, "On or off."),
  listen_address: text("127.0.0.1", "The address of this machine to listen on; `0.0.0.0` is all of them."),
  listen_port: number(8766, "The port; 0 takes one that is free and says which.", [0, 65_535]),
  certificate: text("", "A PEM file with our certificate; makes it HTTPS. Its key may be in it."),
  key: text("", "A PEM file with the certificate's key, where that is in a file of its own."),
  hosts: texts("Names that it may be asked for under, beside addresses, `localhost` and the machine's own name."),
  store: word(
    ["journal", "elasticsearch", "opensearch"],
    "journal",
    "Where its alerts are read from: the journal of this machine, or the data stream of `outputs.elasticsearch` or `outputs.opensearch`, for a fleet (docs/page-fleet.md).",
  ),
  triage_index: text(
    "eyas-triage",
    "The index that states, comments and what people did are kept in, where `store` is not the journal.",
  ),
  users_file: text(
    "",
    "The file of those who may use it, with hashes of their tokens. Absent: `page-users.json` beside the journal. `eyas users` changes it.",
  ),
  exceptions_file: text(
    "",
    "The rule file that exceptions made on the page go to; it is loaded after all others. Absent: `exceptions.yaml` beside the journal.",
  ),
  recent_events_size: size("0", "So much of the last events is kept in memory to try rules on. 0: nothing."),
});
