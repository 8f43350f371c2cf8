import type { Feed } from "../feed.ts";
import { type BrokerRequest, brokerFeedOptions, brokerSecret } from "../origin/broker-options.ts";
import type { FeedContext } from "../origin/descriptor.ts";
import type { NatsOrigin } from "../origin/nats.ts";
import { openNatsFeed } from "./feed.ts";

/** Opens feeds from NATS subjects. */
export async function openNatsFeeds(
  requests: readonly BrokerRequest<NatsOrigin>[],
  context: FeedContext,
): Promise<readonly Feed[]> {
  return requests.map((request) => {
    const { origin, settings, keys, intake } = request;
    const { timeout, user, tls, credentials_file: credentialsfile } = settings.broker;
    const access = {
      hostport: [origin.server],
      username: user,
      password: brokerSecret(settings.broker, "password", keys),
      token: brokerSecret(settings.broker, "token", keys),
      credentialsfile,
      timeout,
    };
    const options = brokerFeedOptions(request, context);
    return openNatsFeed({ ...options, access, tls: settings.broker, secure: tls, subject: origin.subject }, intake);
  });
}
