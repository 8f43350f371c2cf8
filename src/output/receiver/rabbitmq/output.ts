import { type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import type { Alert } from "../../../alert/alert.ts";
import { readTls } from "../../../transport/tls.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson } from "../../facts.ts";
import { type Delivery, delivered, type Output } from "../../output.ts";
import { subjectOf } from "../../subject.ts";
import { secretsOf } from "../../transport/address.ts";
import { type SharedCertificates, tlsWith } from "../../transport/certificates.ts";
import { openConnection } from "../../transport/connection.ts";
import { inGroups } from "../../transport/in-groups.ts";
import type { BrokerKeys } from "../../transport/keys.ts";

export interface RabbitmqKeys extends BrokerKeys {
  /** URL with amqp:// or amqps://. The path is the virtual host. */
  readonly url: string;
  /** Queue that receives alerts if `exchange` is empty. */
  readonly queue: string;
  readonly exchange: string;
  /** `<priority>` and `<rule>` are replaced by the priority and rule of the alert. */
  readonly routingkey: string;
  /** Whether to create a missing queue or exchange. */
  readonly create: boolean;
}

interface Connection {
  readonly channel: ConfirmChannel;
  readonly model: ChannelModel;
  /** Reason why the server currently blocks publishers; undefined if publishers are not blocked. */
  blocked: string | undefined;
  /** IDs of messages that the server returned because their queue does not exist. */
  readonly returned: Set<unknown>;
}

/** Maximum number of messages in flight. */
const GROUP = 200;
/** Default maximum message size of the server, in bytes. */
const MOST = 16 << 20;
const HEARTBEAT = "30";

/** RabbitMQ: one persistent message per alert to a queue or an exchange, with publisher confirms. */
export function rabbitmqOutput(keys: RabbitmqKeys, certificates: SharedCertificates): Output {
  const url = new URL(keys.url.includes("://") ? keys.url : `amqp://${keys.url}`);
  if (!url.searchParams.has("heartbeat")) url.searchParams.set("heartbeat", HEARTBEAT);
  const link = openConnection<Connection>({
    where: url.host,
    timeout: keys.timeout,
    secrets: secretsOf(url).filter((each) => each !== url.search && each !== url.pathname),
    connect: (lost) => open(url, keys, certificates, lost),
    disconnect: ({ model }) => model.close(),
    isPersistent: (error) => hasCode(error, NOT_FOUND) || isRefused(error),
  });
  return {
    name: "rabbitmq",
    remote: true,
    deliver: (batch) => inGroups(batch, GROUP, (group) => link.use((connection) => publish(connection, group, keys))),
    reopen: link.close,
    close: link.close,
  };
}

async function open(
  url: URL,
  keys: RabbitmqKeys,
  certificates: SharedCertificates,
  lost: () => void,
): Promise<Connection> {
  const tls = url.protocol === "amqps:" ? readTls(tlsWith(certificates, keys)) : {};
  const model = await connect(url.href, {
    ...tls,
    timeout: keys.timeout,
    clientProperties: { connection_name: "eyas" },
  });
  model.on("error", () => {}); // "close" follows each "error"
  model.on("close", lost);
  try {
    return await prepared(model, keys, lost);
  } catch (error) {
    model.close().catch(() => {}); // fails if the connection has already ended
    throw error;
  }
}

/** Prepares a connection to the server for messages. */
async function prepared(model: ChannelModel, keys: RabbitmqKeys, lost: () => void): Promise<Connection> {
  await prepare(model, keys);
  const channel = await model.createConfirmChannel();
  const connection: Connection = { model, channel, blocked: undefined, returned: new Set() };
  channel.on("error", () => {});
  channel.on("close", lost);
  channel.on("return", ({ properties }) => connection.returned.add(properties.messageId));
  model.on("blocked", (reason) => {
    connection.blocked = String(reason);
  });
  model.on("unblocked", () => {
    connection.blocked = undefined;
  });
  return connection;
}

/** Creates the queue or exchange if it is missing. */
async function prepare(model: ChannelModel, { queue, exchange, create }: RabbitmqKeys): Promise<void> {
  const channel = await model.createChannel();
  channel.on("error", () => {});
  try {
    await (exchange === "" ? channel.checkQueue(queue) : channel.checkExchange(exchange));
    await channel.close();
  } catch (error) {
    if (!create || !hasCode(error, NOT_FOUND)) throw error; // the failed check has closed the channel
    const another = await model.createChannel();
    another.on("error", () => {});
    if (exchange === "") await another.assertQueue(queue, { durable: true });
    else await another.assertExchange(exchange, "topic", { durable: true });
    await another.close();
  }
}

/** Whether the server rejected the credentials, or the user has no permission. */
function isRefused(error: unknown): boolean {
  return hasCode(error, ACCESS_REFUSED) || (error instanceof Error && error.message.includes("ACCESS_REFUSED"));
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;

async function publish(connection: Connection, group: readonly Alert[], keys: RabbitmqKeys): Promise<Delivery> {
  const { channel, blocked, returned } = connection;
  const { exchange, queue, routingkey } = keys;
  if (blocked !== undefined) throw new Error(`the server blocks publishers: ${blocked}`);
  returned.clear();
  const tooLarge: Alert[] = [];
  const confirmed = group.map((alert) => {
    const facts = factsOf(alert);
    const body = Buffer.from(eventJson(facts));
    if (body.length > MOST) {
      tooLarge.push(alert);
      return undefined;
    }
    const options = {
      persistent: true,
      contentType: "application/json",
      messageId: facts.id,
      timestamp: Number(alert.time / 1_000_000_000n),
      appId: "eyas",
      mandatory: exchange === "", // an exchange may have no bound queue
    };
    const key = exchange === "" ? queue : subjectOf(alert, routingkey);
    return new Promise<void>((resolve, reject) => {
      channel.publish(exchange, key, body, options, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  });
  await Promise.all(confirmed);
  if (returned.size > 0) throw new Error(`queue ${queue} does not exist`);
  if (tooLarge.length === 0) return delivered;
  const reason = `the message is larger than ${MOST} bytes`;
  return { outcome: "partly", reason, retry: [], rejected: tooLarge.map((alert) => ({ alert, reason })) };
}
