import { createTransport } from "nodemailer";
import type { Alert } from "../../../alert/alert.ts";
import { excerpt, withoutSecrets } from "../../../transport/text.ts";
import { readTls, systemTls } from "../../../transport/tls.ts";
import { factsOf } from "../../alert-facts.ts";
import { codeOf, type Delivery, delivered, type Output, reasonOf } from "../../output.ts";
import type { SharedCertificates } from "../../transport/certificates.ts";
import { inGroups } from "../../transport/in-groups.ts";
import { mailAbout } from "./mail.ts";
import { secretsOf, signIn } from "./sign-in.ts";

export interface SmtpKeys {
  /** `host:port`, or only a host. */
  readonly hostport: string;
  readonly from: string;
  /** Recipients. Each entry may contain several addresses, separated by commas. */
  readonly to: readonly string[];
  /** Whether to require TLS. On port 465, TLS is always used. */
  readonly tls: boolean;
  readonly authmechanism: "plain" | "oauthbearer" | "external" | "anonymous" | "none";
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly identity: string;
  readonly trace: string;
  readonly outputformat: "html" | "text";
  /** Minimum interval between mails, in milliseconds. */
  readonly interval: number;
  readonly checkcert: boolean;
  /** Request timeout, in milliseconds. */
  readonly timeout: number;
}

/** Maximum number of alerts per email. */
const MOST = 1000;
const TLS_PORT = 465;
const SUBMISSION_PORT = 587;
/** The lowest status code of a permanent failure. */
const PERMANENT = 500;
/** Status codes for an email that exceeds the size limit of the server. */
const TOO_LARGE: ReadonlySet<number> = new Set([523, 552]);

/** Alerts by email: one email per batch. The alerts from an interval are sent together, to avoid flooding mailboxes. */
export function smtpOutput(keys: SmtpKeys, certificates: SharedCertificates): Output {
  const { from, interval, timeout } = keys;
  const { host, port } = serverOf(keys.hostport);
  const to = keys.to.flatMap((addresses) => addresses.split(",")).map((address) => address.trim());
  const secrets = secretsOf(keys);
  const { cacertfile } = certificates.tlsclient;
  const tls = { ...systemTls, check: keys.checkcert, moreAuthorities: cacertfile === "" ? [] : [cacertfile] };

  async function send(alerts: readonly Alert[]): Promise<Delivery> {
    const { subject, text, html, urgent } = mailAbout(alerts);
    const first = alerts[0];
    try {
      const transport = createTransport({
        host,
        port,
        secure: port === TLS_PORT,
        requireTLS: keys.tls,
        ignoreTLS: !keys.tls,
        tls: readTls(tls),
        connectionTimeout: timeout,
        greetingTimeout: timeout,
        socketTimeout: timeout,
        dnsTimeout: timeout,
        disableFileAccess: true,
        disableUrlAccess: true,
        ...signIn(keys),
      });
      await transport.sendMail({
        from,
        to,
        subject,
        text,
        ...(keys.outputformat === "html" && { html }),
        ...(urgent && { priority: "high" }),
        messageId: `<${first === undefined ? "" : factsOf(first).id}.${alerts.length}@eyas>`,
        headers: { "Auto-Submitted": "auto-generated" },
      });
      return delivered;
    } catch (error) {
      const status = statusOf(error);
      const command = commandOf(error);
      const tooLarge = TOO_LARGE.has(status) && command !== "RCPT TO"; // after RCPT, the mailbox is full
      if (tooLarge && alerts.length > 1) return inGroups(alerts, Math.ceil(alerts.length / 2), send);
      const reason = excerpt(withoutSecrets(reasonOf(error), secrets));
      if (tooLarge || (status >= PERMANENT && command === "DATA")) return { outcome: "rejected", reason };
      const persistent = status >= PERMANENT || (status === 0 && codeOf(error) === "EAUTH");
      return { outcome: "retry", reason, ...(persistent ? { persistent } : status === 0 && { unreachable: true }) };
    }
  }

  return {
    name: "smtp",
    remote: true,
    interval,
    deliver: (batch) => inGroups(batch, MOST, send),
    reopen() {},
    async close() {},
  };
}

/** The status code of a server error; 0 for other errors. */
function statusOf(error: unknown): number {
  return error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
}

/**
 * The command that the server rejected, such as `AUTH PLAIN` or `DATA`. The server sees the content of an email only with
 * `DATA`; before that, the cause is the configuration: credentials, sender, recipients or TLS.
 */
function commandOf(error: unknown): string {
  return error instanceof Error && "command" in error ? String(error.command) : "";
}

function serverOf(hostport: string): { host: string; port: number } {
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(hostport) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: port === undefined ? SUBMISSION_PORT : Number(port) };
}
