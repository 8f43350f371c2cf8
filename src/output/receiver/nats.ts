import { filled, flag, ignored, number, servers, text, UNBOUNDED } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";
import { brokerKeys } from "../transport/keys.ts";

export const natsOutput = describeOutput({
  name: "nats",
  about: "Sends alerts to NATS, with or without JetStream.",
  keys: {
    hostport: servers(
      "Addresses of the servers of a cluster, such as `nats://nats:4222` or `tls://nats:4222`. Setting this key enables the output.",
      ["nats", "tls"],
    ),
    subjecttemplate: filled(
      "falco.<priority>.<rule>",
      "Subject of an alert, with placeholders for its priority and rule.",
    ),
    jetstream: flag(true, "Wait until a stream has stored each alert. Otherwise only current subscribers receive it."),
    stream: text("falco", "Stream to create if no stream has the subjects. Empty: no stream is created."),
    retention: number(30, "Number of days for which a created stream keeps alerts; 0: forever.", [0, 36_500]),
    username: text("", "User name, if the address does not contain it."),
    password: text("", "The user's password."),
    token: text("", "Token, instead of the user."),
    credentialsfile: text("", "File with a JWT and the corresponding key, instead of the user."),
    maxconcurrentrequests: ignored("messages share one connection", number(1, "", [0, UNBOUNDED])),
    ...brokerKeys,
  },
  enabledBy: "hostport",
  example: "hostport: tls://nats.example.org:4222\ncredentialsfile: /etc/eyas/nats.creds",
  async open(settings, { certificates }) {
    return (await import("./nats/output.ts")).natsOutput(settings, certificates);
  },
});
