import { randomUUID } from "node:crypto";
import { connectAsync, ErrorWithReasonCode } from "mqtt";
import { readTls } from "../../../transport/tls.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson } from "../../facts.ts";
import { delivered, type Output } from "../../output.ts";
import { subjectOf } from "../../subject.ts";
import { secretsOf } from "../../transport/address.ts";
import { type SharedCertificates, tlsWith } from "../../transport/certificates.ts";
import { openConnection } from "../../transport/connection.ts";
import { inGroups } from "../../transport/in-groups.ts";
import type { BrokerKeys } from "../../transport/keys.ts";

export interface MqttKeys extends BrokerKeys {
  /** `host:port`, or a URL with `tcp`, `mqtt`, `ssl`, `tls`, `mqtts`, `ws` or `wss` as its scheme. */
  readonly broker: string;
  /** `<priority>` and `<rule>` are replaced by the priority and rule of the alert. */
  readonly topic: string;
  /** Quality of service. 0: without acknowledgement; 1: at least once; 2: exactly once per connection. */
  readonly qos: number;
  readonly retained: boolean;
  readonly user: string;
  readonly password: string;
}

/** Maximum number of messages in flight: the lowest limit of common brokers. */
const GROUP = 100;

/** MQTT 3.1.1: one message per alert. */
export function mqttOutput(keys: MqttKeys, certificates: SharedCertificates): Output {
  const { broker, topic, qos, retained, user, password, timeout, mutualtls } = keys;
  const url = brokerAddress(broker, mutualtls);
  const level = qos === 0 || qos === 2 ? qos : 1;
  const secure = /^(mqtts|wss):$/.test(url.protocol);
  const link = openConnection({
    where: url.host,
    timeout,
    secrets: [password, ...secretsOf(url)],
    async connect(lost, givenUp) {
      const options = {
        clientId: `eyas-${randomUUID().slice(0, 8)}`,
        protocolVersion: 4,
        reconnectPeriod: 0,
        connectTimeout: timeout,
        keepalive: 30,
        queueQoSZero: false,
        ...(user !== "" && { username: user }),
        ...(password !== "" && { password }),
        ...(secure && readTls(tlsWith(certificates, keys))),
      } as const;
      const client = await connectAsync(url.href, options, false);
      client.on("error", () => {}); // "close" follows each "error"
      client.on("close", lost);
      givenUp.addEventListener("abort", () => client.end(true));
      return client;
    },
    disconnect: (client) => client.endAsync(),
    isPersistent: isRefused,
  });
  return {
    name: "mqtt",
    remote: true,
    deliver: (batch) =>
      inGroups(batch, GROUP, (group) =>
        link.use(async (client) => {
          const publish = (alert: (typeof group)[number]) =>
            client.publishAsync(subjectOf(alert, topic), eventJson(factsOf(alert)), { qos: level, retain: retained });
          await Promise.all(group.map(publish));
          return delivered;
        }),
      ),
    reopen: link.close,
    close: link.close,
  };
}

/** Whether the broker rejected the credentials. */
function isRefused(error: unknown): boolean {
  return error instanceof ErrorWithReasonCode && (error.code === BAD_USER || error.code === NOT_AUTHORIZED);
}

/** Return codes of CONNACK, from the specification of MQTT 3.1.1, table 3.1. */
const BAD_USER = 4;
const NOT_AUTHORIZED = 5;

/** Converts the address to a URL with a scheme that the client supports. */
function brokerAddress(broker: string, secure: boolean): URL {
  const [scheme = "", rest] = broker.split("://");
  if (rest === undefined) return new URL(`${secure ? "mqtts" : "mqtt"}://${broker}`);
  const known: Readonly<Record<string, string>> = { tcp: "mqtt", ssl: "mqtts", tls: "mqtts" };
  return new URL(`${known[scheme] ?? scheme}://${rest}`);
}
