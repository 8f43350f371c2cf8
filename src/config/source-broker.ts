import { flag, number, section, text, word } from "../setting/shape.ts";

/** How a source reaches NATS or Kafka, where its events come from there. */
export const broker = section("How NATS and Kafka are reached.", {
  consumer: text(
    "",
    "The durable consumer of JetStream, or Kafka's consumer group. Those who share one share the messages. Absent: one named after the source and the subject or topic.",
  ),
  user: text("", "A user."),
  password: text("", "The user's password."),
  password_file: text("", "A file that holds it, in its place."),
  token: text("", "A token, in place of the user (NATS)."),
  token_file: text("", "A file that holds it, in its place."),
  credentials_file: text("", "A file with a JWT and its key, in place of the user (NATS)."),
  sasl: word(
    ["none", "plain", "scram_sha256", "scram_sha512"],
    "none",
    "How the user signs in (Kafka). With a user, `none` means `plain`.",
    { "": "none", "scram-sha-256": "scram_sha256", "scram-sha-512": "scram_sha512" },
  ),
  tls: flag(false, "Over TLS."),
  authority: text("", "A PEM file with the authority to trust, instead of the system's."),
  certificate: text("", "A PEM file with our certificate; its key may be in it."),
  key: text("", "A PEM file with the certificate's key, where that is in a file of its own."),
  timeout: number(10_000, "Milliseconds for a connection.", [1, 600_000]),
});
