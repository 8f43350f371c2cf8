import { flag, type Leaf, list, named, number, section, size, text, word } from "../setting/shape.ts";
import type { Tree } from "../setting/tree.ts";
import { type Origin, parseOrigin } from "./origin.ts";
import { broker } from "./source-broker.ts";

/** Where events come from, one or several; the first entry switches the source on. */
const from: Leaf<readonly Origin[]> = list(
  "places such as /var/log/app.json or http://127.0.0.1:9765/path",
  "Where events come from, one place or a list of them; switches the source on. See docs/sources.md.",
  (tree: Tree, complain) => {
    if (tree.kind !== "scalar") return undefined;
    const origin = parseOrigin(tree.text);
    if (!("wrong" in origin)) return origin;
    complain(`A source's events can't come from "${tree.text}": ${origin.wrong}`, tree.place);
    return undefined;
  },
);

/** What every source takes. */
const common = {
  from,
  start: word(
    ["end", "beginning"],
    "end",
    "Where a file begins that is there when it is followed for the first time, or a stream or topic that is read for the first time. Later files, and after a restart all, go on where they were left.",
  ),
  max_event: size("256KiB", "A larger event is refused, and counted."),
  max_body: size("12MiB", "A larger request over HTTP is refused."),
  max_rate: number(0, "Requests over HTTP a second of each client; 0: without limit.", [0, 1_000_000]),
  token: text("", "What requests over HTTP have to show: `Authorization: Bearer …`."),
  token_file: text("", "A file that holds the token, in its place."),
  certificate: text("", "A PEM file with our certificate, for `https` and `syslog+tls`; its key may be in it."),
  key: text("", "A PEM file with the certificate's key, where that is in a file of its own."),
  client_authority: text("", "A PEM file with the authority whose certificates senders have to show."),
  broker,
};

/** Names and places that `eyas run --source NAME` has without being told. */
export const usualOrigin: Readonly<Record<string, string>> = {
  k8s_audit: "http://127.0.0.1:9765/k8s-audit",
  suricata: "/var/log/suricata/eve.json",
  firewall: "/var/log/ulog/ulogd.json",
};

/** The sources beside the kernel. */
export const sources = {
  k8s_audit: section("The audit events of Kubernetes: the API server's webhook, or its log files.", common),
  suricata: section("Suricata's EVE JSON.", common),
  firewall: section(
    "Packets and connections that firewalls log: ulogd2's JSON, lines of Linux's kernel log and of conntrack, CEF.",
    common,
  ),
  json: named(
    "Anything that speaks JSON, under a name of its own: rules with `source: NAME` judge it.",
    /^(?!(?:syscall|internal|plugins|k8s_audit|suricata|firewall)$)[a-z][a-z0-9_]{0,62}$/,
    "made of small letters, digits and _, begins with a letter and is no other source's",
    {
      ...common,
      time: text("", "A JSON pointer to the time of an event, like `/ts`. Absent: when it came."),
      time_unit: word(
        ["auto", "s", "ms", "us", "ns"],
        "auto",
        "What a number there counts since 1970. `auto`: what its size tells. Text is read as RFC 3339.",
      ),
      host: text("", "A JSON pointer to the name of the machine that an event is of."),
      kind: text("", "A JSON pointer to what an event is called."),
      unwrap: flag(false, "Of syslog, the event is the JSON that a message holds. A message without stays as it is."),
    },
  ),
  positions: text(
    "",
    "The file that keeps how far files were read. Absent: `/var/lib/eyas/positions.json` for root, `$XDG_STATE_HOME/eyas/positions.json` (`~/.local/state`) for others.",
  ),
} as const;
