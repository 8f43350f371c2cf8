import type { SharedCertificates } from "./certificates.ts";
import type { KafkaKeys } from "./kafka.ts";
import type { MqttKeys } from "./mqtt.ts";
import type { NatsKeys } from "./nats.ts";
import type { Output } from "./output.ts";
import type { RabbitmqKeys } from "./rabbitmq.ts";
import type { RedisKeys } from "./redis.ts";
import { type MinimumPriority, severeEnough } from "./severe-enough.ts";

/** Keys that all brokers have. */
export interface BrokerKeys {
  readonly checkcert: boolean;
  readonly mutualtls: boolean;
  /** Milliseconds for a connection, and for the acknowledgement of what is sent. */
  readonly timeout: number;
}

/** Message brokers by name. */
export interface Brokers {
  readonly kafka: KafkaKeys & MinimumPriority;
  readonly mqtt: MqttKeys & MinimumPriority;
  readonly nats: NatsKeys & MinimumPriority;
  readonly rabbitmq: RabbitmqKeys & MinimumPriority;
  readonly redis: RedisKeys & MinimumPriority;
}

type Opened = readonly [Output, MinimumPriority];

/** Opens the brokers that are switched on. Each one's client is loaded only then. */
export async function openBrokers(keys: Brokers & SharedCertificates): Promise<Output[]> {
  const { kafka, mqtt, nats, rabbitmq, redis } = keys;
  const all: readonly (readonly [string, () => Promise<Opened>])[] = [
    [kafka.hostport.join(), async () => [(await import("./kafka.ts")).kafkaOutput(kafka, keys), kafka]],
    [mqtt.broker, async () => [(await import("./mqtt.ts")).mqttOutput(mqtt, keys), mqtt]],
    [nats.hostport.join(), async () => [(await import("./nats.ts")).natsOutput(nats, keys), nats]],
    [rabbitmq.url, async () => [(await import("./rabbitmq.ts")).rabbitmqOutput(rabbitmq, keys), rabbitmq]],
    [redis.address, async () => [(await import("./redis.ts")).redisOutput(redis, keys), redis]],
  ];
  const wanted = all.filter(([switchedOn]) => switchedOn !== "");
  return Promise.all(wanted.map(async ([, open]) => severeEnough(...(await open()))));
}
