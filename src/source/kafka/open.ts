import type { Feed } from "../feed.ts";
import { type BrokerRequest, brokerFeedOptions, brokerSecret } from "../origin/broker-options.ts";
import type { FeedContext } from "../origin/descriptor.ts";
import type { KafkaOrigin } from "../origin/kafka.ts";
import { openKafkaFeed } from "./feed.ts";

/** Opens feeds from Kafka topics. */
export async function openKafkaFeeds(
  requests: readonly BrokerRequest<KafkaOrigin>[],
  context: FeedContext,
): Promise<readonly Feed[]> {
  return requests.map((request) => {
    const { origin, settings, keys, intake } = request;
    const { timeout, user, tls, sasl } = settings.broker;
    const access = {
      hostport: origin.brokers,
      username: user,
      password: brokerSecret(settings.broker, "password", keys),
      sasl: sasl === "none" && user !== "" ? "plain" : sasl,
      clientid: "eyas",
      timeout,
    } as const;
    const options = brokerFeedOptions(request, context);
    return openKafkaFeed({ ...options, access, tls: tls ? settings.broker : undefined, topic: origin.topic }, intake);
  });
}
