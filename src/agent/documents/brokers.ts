import { readFileSync } from "node:fs";
import { linesOf } from "../../source/readers.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { Failure } from "../failure.ts";
import type { Around, OpenFeeds, WantedFeed } from "./feeds.ts";

/** Opens feeds from subjects of NATS. */
export const openNats: OpenFeeds = async (wanted, around) => {
  const { openNatsFeed } = await import("../../source/nats/feed.ts");
  return wanted.flatMap((one) => {
    const { origin, settings, keys, intake } = one;
    if (origin.kind !== "nats") return [];
    const { timeout, user, tls, credentials_file: credentialsfile } = settings.broker;
    const access = {
      hostport: [origin.server],
      username: user,
      password: secret(settings.broker.password, settings.broker.password_file, `${keys}.broker.password_file`),
      token: secret(settings.broker.token, settings.broker.token_file, `${keys}.broker.token_file`),
      credentialsfile,
      timeout,
    };
    const shared = sharedOf(one, around);
    return [openNatsFeed({ ...shared, access, tls: settings.broker, secure: tls, subject: origin.subject }, intake)];
  });
};

/** Opens feeds from topics of Kafka. */
export const openKafka: OpenFeeds = async (wanted, around) => {
  const { openKafkaFeed } = await import("../../source/kafka/feed.ts");
  return wanted.flatMap((one) => {
    const { origin, settings, keys, intake } = one;
    if (origin.kind !== "kafka") return [];
    const { timeout, user, tls, sasl } = settings.broker;
    const access = {
      hostport: origin.brokers,
      username: user,
      password: secret(settings.broker.password, settings.broker.password_file, `${keys}.broker.password_file`),
      sasl: sasl === "none" && user !== "" ? "plain" : sasl,
      clientid: "eyas",
      timeout,
    } as const;
    const shared = sharedOf(one, around);
    return [openKafkaFeed({ ...shared, access, tls: tls ? settings.broker : undefined, topic: origin.topic }, intake)];
  });
};

function sharedOf({ source, origin, settings, reader }: WantedFeed, { log }: Around) {
  return {
    from: origin.text,
    source,
    consumer: settings.broker.consumer,
    start: settings.start,
    decode: linesOf(reader, settings.max_event),
    say: (sentence: string) => log(logLines.eventsRejected(source, sentence)),
  };
}

/** @throws Failure */
function secret(text: string, file: string, key: string): string {
  if (file === "") return text;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Failure(`${key}: ${file} can't be read: ${code}.`);
  }
}
