import { flag, number, section, size, text } from "../setting/shape.ts";

/** The door for alerts of other installations. */
export const alertIntake = section(
  "Alerts of other Falco installations over HTTP, as Falcosidekick takes them: kept in the journal, and then sent where our own go.",
  {
    enabled: flag(false, "On or off."),
    listen_address: text("127.0.0.1", "The address of this machine to listen on; `0.0.0.0` is all of them."),
    listen_port: number(2801, "The port; 0 takes one that is free and says which.", [0, 65_535]),
    certificate: text("", "A PEM file with our certificate; makes it HTTPS. Its key may be in it."),
    key: text("", "A PEM file with the certificate's key, where that is in a file of its own."),
    client_authority: text("", "A PEM file with the authority whose certificates senders have to show."),
    token: text("", "What requests have to show: `Authorization: Bearer …`."),
    token_file: text("", "A file that holds the token, in its place."),
    max_body: size("12MiB", "A larger request is refused."),
    max_alert: size("256KiB", "A larger alert is refused."),
    max_rate: number(0, "Requests a second of each client; 0: without limit.", [0, 1_000_000]),
    max_connections: number(256, "Connections at once.", [1, 65_535]),
  },
);
