import { readFileSync } from "node:fs";
import { untrusted } from "../../server/file-trust.ts";
import type { Settings } from "../../setting/shape.ts";
import { linesOf } from "../reader.ts";
import type { broker } from "./broker-keys.ts";
import { type AnyOrigin, type FeedContext, FeedError, type FeedRequest, type OriginSettings } from "./descriptor.ts";

type BrokerSettings = Settings<typeof broker.keys>;

/** A request for a feed from a message broker. */
export type BrokerRequest<O extends AnyOrigin> = FeedRequest<O, OriginSettings<{ readonly broker: typeof broker }>>;

/** Returns the options that are common to feeds from all kinds of brokers. */
export function brokerFeedOptions(
  { source, origin, settings, reader }: BrokerRequest<AnyOrigin>,
  { warn }: FeedContext,
) {
  return {
    from: origin.text,
    source,
    consumer: settings.broker.consumer,
    start: settings.start,
    decode: linesOf(reader, settings.max_event),
    say: (sentence: string) => warn(sentence, source),
  };
}

/**
 * Returns a password or token from its configuration key, or from the file that the key with the suffix `_file` names.
 * @param keys prefix of the source's configuration keys
 * @throws FeedError
 */
export function brokerSecret(broker: BrokerSettings, name: "password" | "token", keys: string): string {
  const file = broker[`${name}_file`];
  if (file === "") return broker[name];
  const reason = untrusted(file);
  if (reason !== undefined) throw new FeedError(`${keys}.broker.${name}_file: ${reason}.`);
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new FeedError(`${keys}.broker.${name}_file: cannot read ${file}: ${code}.`);
  }
}
