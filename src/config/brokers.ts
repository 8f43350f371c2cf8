import { flag, type Leaf, later, number, section, text, texts, word } from "./shape.ts";

const ANY = Number.MAX_SAFE_INTEGER;

/** Message brokers by name. Names and keys are Falcosidekick's where it has them. */
export function brokers<P>(minimumpriority: Leaf<P>) {
  const common = {
    minimumpriority,
    checkcert: flag(true, "Whether its certificate has to be a good one."),
    mutualtls: flag(
      false,
      "Show a certificate of our own: `outputs.mutualtlsclient`, or files in `mutualtlsfilespath`.",
    ),
    timeout: number(
      10_000,
      "Milliseconds for a connection, and for the acknowledgement of what is sent.",
      [1, 600_000],
    ),
  };
  return {
    nats: section("Alerts to NATS, with or without JetStream.", {
      hostport: texts("Servers of a cluster, like `nats://nats:4222` or `tls://nats:4222`; switch it on."),
      subjecttemplate: text("falco.<priority>.<rule>", "The subject of an alert, by its priority and rule."),
      jetstream: flag(
        true,
        "Wait until a stream has stored each alert. Otherwise only those who listen at the moment get it.",
      ),
      stream: text("falco", "The stream that is made where none takes the subjects; empty: none is made."),
      retention: number(30, "Days that such a stream keeps alerts; 0: for ever.", [0, 36_500]),
      username: text("", "A user; an address may have it, too."),
      password: text("", "The user's password."),
      token: text("", "A token, in place of the user."),
      credentialsfile: text("", "A file with a JWT and its key, in place of the user."),
      ...common,
    }),
    redis: section("Alerts to Redis and what speaks like it.", {
      address: text("", "The server, like `redis:6379` or `rediss://redis:6379`; switches it on."),
      username: text("", "A user."),
      password: text("", "The user's password, or the server's."),
      database: number(0, "The number of a database.", [0, ANY]),
      storagetype: word(
        ["list", "hashmap", "stream"],
        "list",
        "At the end of a list, in a hash under the alert's `uuid`, or as entries of a stream.",
      ),
      key: text("falco", "The name of the list, hash or stream."),
      maxlength: number(0, "About how many entries a stream keeps; 0: all.", [0, ANY]),
      tls: flag(false, "Over TLS."),
      certfile: text("", "With `mutualtls`: our own certificate, instead of the one of all receivers."),
      keyfile: text("", "Its key."),
      cacertfile: text("", "The authority of this receiver."),
      version: later("The protocol's version. Eyas speaks RESP 2, which all servers know.", number(0, "", [0, ANY])),
      ...common,
    }),
  };
}
