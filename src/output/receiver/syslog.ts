import { flag, number, text, word } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const syslogOutput = describeOutput({
  name: "syslog",
  about: "Sends alerts to a log server as RFC 5424 messages.",
  keys: {
    host: text("", "Host name of the server; with `unix`, the path of a socket. Setting this key enables the output."),
    port: number(514, "Port of the server.", [1, 65_535]),
    protocol: word(["tcp", "udp", "tls", "unix"], "tcp", "Transport protocol."),
    format: word(
      ["json", "cef", "text"],
      "json",
      "Format of the messages: the whole alert as JSON or in the Common Event Format, or only its text.",
    ),
    facility: word(
      [
        "kern",
        "user",
        "daemon",
        "auth",
        "authpriv",
        "audit",
        "local0",
        "local1",
        "local2",
        "local3",
        "local4",
        "local5",
        "local6",
        "local7",
      ],
      "user",
      "Facility of the messages.",
    ),
    checkcert: flag(true, "With `tls`: whether to verify the server's certificate."),
    cacertfile: text("", "With `tls`: CA certificate to trust, instead of the system's."),
    certfile: text("", "With `tls`: client certificate."),
    keyfile: text("", "With `tls`: key of the client certificate."),
  },
  enabledBy: "host",
  example: "host: logs.example.org\nport: 6514\nprotocol: tls\nformat: cef",
  async open(settings) {
    const { syslogRemote } = await import("./syslog/output.ts");
    return syslogRemote(settings);
  },
});
