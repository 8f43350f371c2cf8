import { flag, number, section, text, word } from "../../setting/shape.ts";

/** Keys for the connection of a source to NATS or Kafka. */
export const broker = section("The connection to NATS or Kafka.", {
  consumer: text(
    "",
    "Name of the JetStream durable consumer or Kafka consumer group. Instances with the same name share the messages. Default: a name derived from the source and the subject or topic.",
  ),
  user: text("", "User name."),
  password: text("", "Password of the user."),
  password_file: text("", "A file with the password, instead of `password`."),
  token: text("", "A token, instead of the user name (NATS)."),
  token_file: text("", "A file with the token, instead of `token`."),
  credentials_file: text("", "A file with a JWT and the corresponding key, instead of the user name (NATS)."),
  sasl: word(
    ["none", "plain", "scram_sha256", "scram_sha512"],
    "none",
    "SASL mechanism (Kafka). With a user, `none` means `plain`.",
    { "": "none", "scram-sha-256": "scram_sha256", "scram-sha-512": "scram_sha512" },
  ),
  tls: flag(false, "Connect over TLS."),
  authority: text("", "A PEM file with the CA certificate to trust, instead of the CAs of the system."),
  certificate: text("", "A PEM file with the client certificate; it may contain the key."),
  key: text("", "A PEM file with the certificate's key, if the key is in a separate file."),
  timeout: number(10_000, "Connection timeout in milliseconds.", [1, 600_000]),
});
