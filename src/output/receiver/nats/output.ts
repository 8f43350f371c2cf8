import { JetStreamApiError, type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { AuthorizationError, type NatsConnection } from "@nats-io/transport-node";
import type { Alert } from "../../../alert/alert.ts";
import { connectNats, type NatsAccess, natsServers } from "../../../transport/broker/nats.ts";
import { readTls } from "../../../transport/tls.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson } from "../../facts.ts";
import { type Delivery, delivered, type Output, type Rejection, reasonOf } from "../../output.ts";
import { subjectOf } from "../../subject.ts";
import { secretsOf } from "../../transport/address.ts";
import { type SharedCertificates, tlsWith } from "../../transport/certificates.ts";
import { openConnection } from "../../transport/connection.ts";
import { inGroups } from "../../transport/in-groups.ts";
import type { BrokerKeys } from "../../transport/keys.ts";
import { makeStream } from "./stream.ts";

export interface NatsKeys extends NatsAccess, BrokerKeys {
  /** `<priority>` and `<rule>` are replaced by the priority and rule of the alert. */
  readonly subjecttemplate: string;
  readonly jetstream: boolean;
  /** Stream to create if no stream has the subjects; empty: none is created. */
  readonly stream: string;
  /** Number of days that a created stream keeps alerts; 0: forever. */
  readonly retention: number;
}

interface Connection {
  readonly nats: NatsConnection;
  readonly stream: JetStreamClient | undefined;
  /** With JetStream: whether the server has stored an alert sent over this connection. */
  proven: boolean;
}

/** No stream stores the subject, and none is to be created. */
class NoStreamError extends Error {}

/** Maximum number of messages in flight. */
const GROUP = 200;
/** Maximum size of a message's headers in bytes. */
const HEADERS = 256;

/**
 * NATS: one message per alert, on a subject that can contain priority and rule. With JetStream, the server acknowledges
 * each stored message and deduplicates by the key of the alert. Without JetStream, delivery is only confirmed up to the
 * server.
 */
export function natsOutput(keys: NatsKeys, certificates: SharedCertificates): Output {
  const urls = natsServers(keys);
  const link = openConnection<Connection>({
    where: urls.map(({ host }) => host).join(","),
    timeout: keys.timeout,
    secrets: [keys.password, keys.token, ...urls.flatMap(secretsOf)],
    async connect(lost) {
      const nats = await connectNats(keys, readTls(tlsWith(certificates, keys)), keys.mutualtls || !keys.checkcert);
      void nats.closed().then(lost);
      if (!keys.jetstream) return { nats, stream: undefined, proven: true };
      return { nats, stream: jetstream(nats, { timeout: keys.timeout }), proven: false };
    },
    disconnect: ({ nats }) => nats.close(),
    isPersistent: (error) => error instanceof AuthorizationError || error instanceof NoStreamError,
  });
  return {
    name: "nats",
    remote: true,
    deliver: (batch) => inGroups(batch, GROUP, (group) => link.use((connection) => publish(connection, group, keys))),
    reopen: link.close,
    close: link.close,
  };
}

async function publish(connection: Connection, group: readonly Alert[], keys: NatsKeys): Promise<Delivery> {
  const { nats, stream } = connection;
  const most = (nats.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADERS;
  const rejected: Rejection[] = [];
  const sent: { readonly alert: Alert; readonly answer: Promise<unknown> }[] = [];
  for (const alert of group) {
    const facts = factsOf(alert);
    const body = Buffer.from(eventJson(facts));
    const subject = subjectOf(alert, keys.subjecttemplate);
    if (body.length > most) {
      rejected.push({ alert, reason: `a message of ${body.length} bytes is larger than the server accepts` });
    } else if (stream === undefined) {
      nats.publish(subject, body);
    } else {
      const store = () => stream.publish(subject, body, { msgID: facts.key });
      // a starting server may reject the first messages and accept later ones, which would change the order
      if (connection.proven) sent.push({ alert, answer: store() });
      else {
        const reason = await prove(connection, store, keys);
        if (reason !== undefined) rejected.push({ alert, reason });
      }
    }
  }
  if (stream === undefined) await nats.flush();
  const answers = await Promise.allSettled(sent.map(({ answer }) => answer));
  const retry: Alert[] = [];
  let reason = rejected[0]?.reason ?? "";
  for (const [i, answer] of answers.entries()) {
    const alert = sent[i]?.alert;
    if (answer.status === "fulfilled" || alert === undefined) continue;
    const said = textOf(answer.reason);
    if (isTooLarge(answer.reason)) rejected.push({ alert, reason: said });
    else retry.push(alert);
    reason ||= said;
  }
  if (retry.length + rejected.length === 0) return delivered;
  return { outcome: "partly", reason, retry, rejected };
}

/**
 * Sends the first message of a connection on its own, to check whether a stream exists. Creates a missing stream.
 * @returns the reason if the stream rejects the message because of its size
 */
async function prove(
  connection: Connection,
  store: () => Promise<unknown>,
  keys: NatsKeys,
): Promise<string | undefined> {
  try {
    await store();
  } catch (error) {
    if (isTooLarge(error)) return textOf(error); // the stream exists
    if (!(error instanceof Error && error.name === "JetStreamNotEnabled")) throw error;
    const { stream, subjecttemplate } = keys;
    if (stream === "") throw new NoStreamError(`no JetStream stream has the subject ${subjecttemplate}`);
    await makeStream(connection.nats, keys);
    await store();
  }
  connection.proven = true;
  return undefined;
}

function textOf(error: unknown): string {
  return `NATS: ${reasonOf(error)}`;
}

/** Whether a message exceeds the limit of its stream. */
function isTooLarge(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === MESSAGE_TOO_LARGE;
}

const MESSAGE_TOO_LARGE = 10_054;
