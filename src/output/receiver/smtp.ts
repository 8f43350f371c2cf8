import { duration, flag, number, text, texts, word } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const smtpOutput = describeOutput({
  name: "smtp",
  about: "Sends alerts by email. All waiting alerts are combined into one email.",
  keys: {
    hostport: text(
      "",
      "The mail server, `host:port`. Setting this key enables the output. On port 465, TLS starts immediately.",
    ),
    from: text("", "The sender's address; required."),
    to: texts("Addresses of the recipients; at least one is required."),
    tls: flag(true, "Require TLS (STARTTLS)."),
    authmechanism: word(
      ["plain", "oauthbearer", "external", "anonymous", "none"],
      "plain",
      "SASL mechanism. `plain` without a user: no authentication.",
    ),
    user: text("", "User name."),
    password: text("", "The user's password."),
    token: text("", "A token, for `oauthbearer`."),
    identity: text("", "Authorization identity, with `plain` and `external`."),
    trace: text("", "Trace information, with `anonymous`."),
    outputformat: word(["html", "text"], "html", "Format of emails: HTML with a text alternative, or only text."),
    interval: duration("1m", "Minimum time between emails. A full email is sent earlier."),
    checkcert: flag(true, "Whether to verify the server's certificate."),
    timeout: number(10_000, "Timeout for a request and its response, in milliseconds.", [1, 600_000]),
  },
  enabledBy: "hostport",
  example:
    "hostport: mail.example.org:587\nuser: eyas\npassword: ${MAIL_PASSWORD}\nfrom: eyas@example.org\nto: [security@example.org]\nminimumpriority: critical",
  notes: `
An email contains all waiting alerts, up to 1,000, and their number by rule. The first email is sent immediately, and the next email after
\`interval\`. Recipients that the server rejects are skipped, as long as the server accepts one. Temporary failures (4xx) are retried with the same
\`Message-ID\`. If the server rejects the connection, the credentials, the sender or all recipients, alerts stay in the queue until an
administrator fixes the cause. Only a rejected email (5xx after \`DATA\`, or too large) is a [dead letter](#delivery).
`,
  check: ({ from, to }) =>
    from === "" || to.length === 0 ? "outputs.smtp requires outputs.smtp.from and outputs.smtp.to" : undefined,
  async open(settings, { certificates }) {
    return (await import("./smtp/output.ts")).smtpOutput(settings, certificates);
  },
});
