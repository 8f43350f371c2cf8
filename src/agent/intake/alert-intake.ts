import type { Alert } from "../../alert/alert.ts";
import { type ReceivedAlerts, type ReceivedOptions, readAlerts } from "../../alert/received.ts";
import type { Config } from "../../config/load.ts";
import type { Fault } from "../../journal/fault.ts";
import { certificateRenewals, checkToken, readCertificates } from "../../server/credentials.ts";
import { type Endpoint, openIntake, type Upload } from "../../server/intake.ts";
import { type Reply, textReply } from "../../server/listener.ts";
import type { Pages } from "../../server/server.ts";
import { isGuarded } from "../documents/doors.ts";

/**
 * Keeps alerts in the journal and sends them on; where there is no journal it sends them on.
 * @returns undefined when they are kept, or why they could not be: then nothing was sent on
 */
export type KeepAlerts = (alerts: readonly Alert[]) => Promise<Fault | undefined>;

/** The door for alerts of other installations. */
export interface AlertIntake {
  readonly url: string;
  /** Whether not everybody who reaches it is let in. */
  readonly guarded: boolean;
  /** Answers so far, by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Alerts that were `kept`, and those that were refused, by reason. */
  readonly outcomes: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Alerts that may wait for the disk. */
const MOST_WAITING = 10_000;
/** Refused parts that an answer names. */
const NAMED = 20;
const LINES = ["application/x-ndjson", "application/jsonl"];
/**
 * What curl says of `-d`, as Falcosidekick's documents have it; the body is JSON nevertheless. A page in a browser may send
 * this type without asking first: what it says of itself (src/server/intake.ts) is what keeps it out.
 */
const FORM = "application/x-www-form-urlencoded";

/**
 * Opens the door.
 * @throws Error with one sentence: the address is taken, a file can't be read
 */
export async function openAlertIntake(
  settings: Config["alert_intake"],
  options: ReceivedOptions,
  keep: KeepAlerts,
): Promise<AlertIntake> {
  const keys = "alert_intake";
  const outcomes = new Map([["kept", 0]]);
  let waiting = 0;

  function count(outcome: string, alerts = 1): void {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + alerts);
  }

  async function take({ body, type }: Upload): Promise<Reply> {
    const received = readAlerts(body.toString("utf8"), LINES.includes(type), settings.max_alert, options);
    const alerts = received.alerts.map((alert): Alert => ({ ...alert, received: true }));
    if (waiting > 0 && waiting + alerts.length > MOST_WAITING) {
      count("full", alerts.length);
      return textReply(429, `${waiting} alerts wait for the disk, and there is no room for more now.`, {
        "retry-after": "1",
      });
    }
    waiting += alerts.length;
    const fault = alerts.length > 0 ? await keep(alerts) : undefined;
    waiting -= alerts.length;
    if (fault !== undefined) {
      count("not_kept", alerts.length);
      return textReply(503, `Alerts can't be kept now: ${reasons[fault]}.`, { "retry-after": "5" });
    }
    count("kept", alerts.length);
    for (const { reason } of received.refused) count(reason);
    return summary(received);
  }

  /** Raises an alert like the one that Falcosidekick raises for those who try whether it works. */
  function takeTest(): Promise<Reply> {
    const test = {
      rule: "Test rule",
      priority: "Debug",
      source: "internal",
      hostname: "eyas",
      output: "Somebody tries whether alerts arrive.",
      output_fields: { "proc.name": "eyas", "user.name": "eyas" },
      tags: ["test"],
      time: new Date().toISOString(),
    };
    return take({ body: Buffer.from(JSON.stringify(test)), type: "application/json" });
  }

  const usual = { maxBody: settings.max_body, check: checkToken(settings, keys) };
  const doors = new Map<string, Endpoint>([
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
      name: "The door for alerts",
      keys: { address: `${keys}.listen_address`, port: `${keys}.listen_port` },
    },
    doors,
    pages,
  );
  const { url, close } = server;
  return {
    url,
    guarded: isGuarded(settings.listen_address, settings),
    get answers() {
      const sum = new Map<number, number>();
      for (const each of server.answers.values())
        for (const [status, answers] of each) sum.set(status, (sum.get(status) ?? 0) + answers);
      return sum;
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
  denied: "the journal may not be written",
  held: "somebody else writes the journal",
  foreign: "the journal's file is something else",
  failed: "the journal can't be written",
};

function summary({ alerts, refused }: ReceivedAlerts): Reply {
  const named = refused.slice(0, NAMED).map(({ part, message }) => ({ part, reason: message }));
  const body = JSON.stringify({
    accepted: alerts.length,
    ...(refused.length > 0 && { refused: refused.length, reasons: named }),
  });
  const large = refused.length > 0 && refused.every(({ reason }) => reason === "too_large");
  const status = alerts.length > 0 || refused.length === 0 ? 200 : large ? 413 : 400;
  return { status, type: "application/json", body: `${body}\n` };
}
