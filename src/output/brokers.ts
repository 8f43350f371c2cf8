import type { SharedCertificates } from "./certificates.ts";
import type { NatsKeys } from "./nats.ts";
import type { Output } from "./output.ts";
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
  readonly nats: NatsKeys & MinimumPriority;
  readonly redis: RedisKeys & MinimumPriority;
}

/** Opens the brokers that are switched on. Each one's client is loaded only then. */
export async function openBrokers(keys: Brokers & SharedCertificates): Promise<Output[]> {
  const { nats, redis } = keys;
  const opened: Output[] = [];
  if (nats.hostport.join() !== "") {
    const { natsOutput } = await import("./nats.ts");
    opened.push(severeEnough(natsOutput(nats, keys), nats));
  }
  if (redis.address !== "") {
    const { redisOutput } = await import("./redis.ts");
    opened.push(severeEnough(redisOutput(redis, keys), redis));
  }
  return opened;
}
