import type { Alert } from "../../alert/alert.ts";
import { type ReceivedAlerts, type ReceivedOptions, readAlerts } from "../../alert/received.ts";
import type { Config } from "../../config/load.ts";
import type { Fault } from "../../journal/fault.ts";
import { requiresAuthentication } from "../../server/authentication.ts";
import { certificateRenewals, checkToken, readCertificates } from "../../server/credentials.ts";
import { type Endpoint, openIntake, type Upload } from "../../server/intake.ts";
import { type Reply, textReply } from "../../server/listener.ts";
import type { Pages } from "../../server/server.ts";
import { inSlices } from "../../server/slices.ts";
import { isLoopback } from "../../source/origin/address.ts";

/**
 * Stores alerts in the journal, if it is enabled, and sends the alerts to the outputs.
 * @returns undefined on success; otherwise the reason why alerts could not be stored
 */
export type KeepAlerts = (alerts: readonly Alert[]) => Promise<Fault | undefined>;

/** The open HTTP listener for alerts from other installations. */
export interface AlertListener {
  readonly url: string;
  /** Whether only this machine can reach the listener, or senders must authenticate. */
  readonly guarded: boolean;
  /** Number of HTTP responses sent, by status code. */
  readonly answers: ReadonlyMap<number, number>;
  /** Number of connections that were closed because there were too many. */
  readonly evicted: number;
  /** Number of received alerts by outcome: `kept`, or the reason for the rejection. */
  readonly outcomes: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/**
 * Maximum number of received alerts that wait to be stored. A single request can exceed this number if no alerts are
 * waiting.
 */
const MAX_WAITING = 10_000;
/** Maximum number of rejected alerts listed in a response. */
const MAX_NAMED = 20;
/**
 * Ratio of the memory needed to parse a body to the size of the values in the body. To preserve all digits of numbers,
 * a temporary copy of the text contains them as strings.
 */
const PARSE_FACTOR = 2.5;
const LINES = ["application/x-ndjson", "application/jsonl"];
/**
 * Content type that `curl -d` sends, for example in Falcosidekick's documentation. The body is JSON. Browsers can send
 * this type across origins without a preflight request; src/server/intake.ts rejects such requests by their headers.
 */
const FORM = "application/x-www-form-urlencoded";

/**
 * Print options, and the hostname that alerts of unauthenticated senders must not contain; undefined allows any
 * hostname.
 */
export interface ListenerOptions extends Omit<ReceivedOptions, "ownHost"> {
  readonly ownHost?: () => string | undefined;
}

/**
 * Opens the listener.
 * @throws Error with a message for the user, for example if the address is in use or a file cannot be read
 */
export async function openAlertListener(
  settings: Config["alert_intake"],
  options: ListenerOptions,
  keep: KeepAlerts,
): Promise<AlertListener> {
  const keys = "alert_intake";
  const isKnown = requiresAuthentication(settings);
  const outcomes = new Map([["stored", 0]]);
  let waiting = 0;

  function count(outcome: string, alerts = 1): void {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + alerts);
  }

  async function take({ body, type }: Upload): Promise<Reply> {
    const received = { ...options, ownHost: isKnown ? undefined : options.ownHost?.() };
    const steps = readAlerts(body.toString("utf8"), LINES.includes(type), settings.max_alert, received);
    const read = await inSlices(steps);
    const alerts = read.alerts.map((alert): Alert => ({ ...alert, received: true }));
    if (waiting > 0 && waiting + alerts.length > MAX_WAITING) {
      count("full", alerts.length);
      return textReply(429, `Too many alerts are waiting to be written (${waiting}): try again later.`, {
        "retry-after": "1",
      });
    }
    waiting += alerts.length;
    const fault = alerts.length > 0 ? await keep(alerts) : undefined;
    waiting -= alerts.length;
    if (fault !== undefined) {
      count("not_stored", alerts.length);
      return textReply(503, `Cannot store alerts: ${reasons[fault]}.`, { "retry-after": "5" });
    }
    count("stored", alerts.length);
    for (const { reason } of read.refused) count(reason);
    return summary(read);
  }

  /** Raises a test alert, like Falcosidekick's `/test`. */
  function takeTest(): Promise<Reply> {
    const test = {
      rule: "Test rule",
      priority: "Debug",
      hostname: "eyas",
      output: "This is a test alert.",
      output_fields: { "proc.name": "eyas", "user.name": "eyas" },
      tags: ["test"],
      time: new Date().toISOString(),
    };
    return take({ body: Buffer.from(JSON.stringify(test)), type: "application/json" });
  }

  const usual = { maxBody: settings.max_body, check: checkToken(settings, keys), parseFactor: PARSE_FACTOR };
  const paths = new Map<string, Endpoint>([
    ["/", { ...usual, handle: take, types: ["application/json", ...LINES, FORM] }],
    ["/test", { ...usual, handle: takeTest, types: [] }],
  ]);
  const server = await openIntake(
    {
      address: settings.listen_address,
      port: settings.listen_port,
      tls: readCertificates(settings, keys),
      renewed: certificateRenewals(settings, keys),
      limits: { connections: settings.max_connections },
      maxRate: settings.max_rate,
      name: "The HTTP listener for alerts",
      keys: { address: `${keys}.listen_address`, port: `${keys}.listen_port` },
    },
    paths,
    pages,
  );
  const { url, close } = server;
  return {
    url,
    guarded: isLoopback(settings.listen_address) || requiresAuthentication(settings),
    get answers() {
      const sum = new Map<number, number>();
      for (const each of server.answers.values())
        for (const [status, answers] of each) sum.set(status, (sum.get(status) ?? 0) + answers);
      return sum;
    },
    get evicted() {
      return server.evicted;
    },
    outcomes,
    close,
  };
}

const pages: Pages = new Map([
  ["/ping", () => ({ type: "text/plain; charset=utf-8", body: "pong\n" })],
  ["/healthz", () => ({ type: "application/json", body: '{"status": "ok"}' })],
]);

const reasons: Readonly<Record<Fault, string>> = {
  full: "the disk is full",
  damaged: "the journal is damaged",
  denied: "permission denied for the journal",
  held: "another process is writing the journal",
  foreign: "the journal file is not a valid journal",
  failed: "the journal cannot be written",
};

function summary({ alerts, refused }: ReceivedAlerts): Reply {
  const named = refused.slice(0, MAX_NAMED).map(({ part, message }) => ({ part, reason: message }));
  const body = JSON.stringify({
    accepted: alerts.length,
    ...(refused.length > 0 && { refused: refused.length, reasons: named }),
  });
  const large = refused.length > 0 && refused.every(({ reason }) => reason === "too_large");
  const status = alerts.length > 0 || refused.length === 0 ? 200 : large ? 413 : 400;
  return { status, type: "application/json", body: `${body}\n` };
}
