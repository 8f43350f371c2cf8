import { flag, number, section, size, text, texts, word } from "../setting/shape.ts";
import { openIdConnect } from "./openid-connect.ts";
import { publicUrl } from "./public-url.ts";

/** Keys of the web UI and its API. */
export const webPage = section("The web UI and its API (docs/api.md). `eyas start` enables it.", {
  enabled: flag(false, "Enable the web UI."),
  listen_address: text("127.0.0.1", "The address to listen on; `0.0.0.0`: all addresses."),
  listen_port: number(8766, "The port to listen on. 0: a free port, which is logged.", [0, 65_535]),
  certificate: text("", "A PEM file with the certificate; enables HTTPS. The file may contain the key."),
  key: text("", "A PEM file with the certificate's key, if the key is in a separate file."),
  hosts: texts("Host names of the web UI, in addition to IP addresses, `localhost` and the machine's host name."),
  public_url: publicUrl(
    "web_page.public_url",
    "The address at which users reach the web UI, such as `https://eyas.example.org`. If set, notifications link to their alert in the web UI (docs/outputs.md), and the host name is one of `hosts`. Default: no links.",
  ),
  store: word(
    ["journal", "elasticsearch", "opensearch"],
    "journal",
    "Where alerts are read from: the journal of this machine, or the data stream of `outputs.elasticsearch` or `outputs.opensearch`, for a fleet (docs/page-fleet.md).",
  ),
  triage_index: text("eyas-triage", "The index for states, comments and the audit log, if `store` is not the journal."),
  users_file: text(
    "",
    "The file with the users and the hashes of their tokens; `eyas users` and the web UI change it. Default: `page-users.json` in the directory of the journal.",
  ),
  oidc: openIdConnect,
  exceptions_file: text(
    "",
    "The rule file with exceptions created in the web UI, loaded after all other rule files. The web UI keeps previous versions in a file with the suffix `.history`. Default: `exceptions.yaml` in the directory of the journal.",
  ),
  rules_file: text(
    "",
    "The file with rules and settings from the web UI, and the history of their last changes. Its rules are loaded after all other rule files except the exceptions. Default: `page-rules.json` in the directory of the journal.",
  ),
  recent_events_size: size(
    "0",
    "Memory for recent events (compressed), on which rules can be tested. 0: recent events are not stored. With `capture.enabled`, the larger value of this key and `capture.buffer_size` applies to both keys.",
  ),
});
