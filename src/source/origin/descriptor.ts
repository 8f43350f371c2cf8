import type { Keys, Settings } from "../../setting/shape.ts";
import type { Feed } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import type { Reader } from "../reader.ts";
import type { CommonKeys } from "./common-keys.ts";

/** Where a source's events come from, as `from` in the configuration names it. It holds no secrets. */
export interface AnyOrigin {
  /** Name of its descriptor: `http`, `file`, `kafka`, … */
  readonly kind: string;
  /** As the configuration writes it. */
  readonly text: string;
}

/** A sentence on what is wrong with a `from`. */
export interface WrongOrigin {
  readonly wrong: string;
}

/** A feed to open: an origin, the settings of its source, and where its events go. */
export interface FeedRequest<O extends AnyOrigin = AnyOrigin, S = object> {
  /** Name of the source. */
  readonly source: string;
  readonly origin: O;
  /** Prefix of the source's keys in the configuration: `sources.k8s_audit`. */
  readonly keys: string;
  readonly settings: S;
  readonly reader: Reader;
  readonly intake: Intake;
}

/** What feeds share. */
export interface FeedContext {
  /** The file that keeps how far files were read. */
  readonly positions: string;
  /** Logs a warning: a sentence without its end. */
  warn(sentence: string, source?: string): void;
}

/** A feed; where it listens for HTTP, with its address and its answers by status. */
export interface OpenFeed extends Feed {
  readonly url?: string;
  readonly answers?: ReadonlyMap<number, number>;
}

/** A feed that cannot be opened. The message is one sentence for the user. */
export class FeedError extends Error {}

/** Settings that every source has for an origin with keys `K`. */
export type OriginSettings<K> = Settings<K & CommonKeys>;

/** A kind of origin as its file describes it: `from`, the keys of every source, start and docs/sources.md follow. */
export interface OriginDescriptor<O extends AnyOrigin = AnyOrigin, K extends Keys = Keys> {
  readonly kind: O["kind"];
  /** What precedes the first colon of a `from`. */
  readonly schemes: readonly string[];
  /** Texts that name it without a scheme. */
  readonly words: readonly string[];
  /** How a `from` looks, as Markdown. */
  readonly form: string;
  /** Keys that every source has for it. */
  readonly keys: K;
  /** Reads a `from`. @param rest what follows the scheme's colon; the whole text where a word names it */
  parse(rest: string, text: string, scheme: string): O | WrongOrigin;
  /**
   * The key that would make senders authenticate, "" where there is none.
   * @returns undefined where senders authenticate, or the mode of a file decides who may send
   */
  missingAuthentication(origin: AnyOrigin, settings: object): string | undefined;
  /**
   * Opens feeds, all or none.
   * @returns in the order of `requests`
   * @throws FeedError
   */
  open(requests: readonly FeedRequest[], context: FeedContext): Promise<readonly OpenFeed[]>;
}

/** What a file says of its origin; the rest has defaults. */
export interface OriginDefinition<O extends AnyOrigin, K extends Keys>
  extends Omit<OriginDescriptor<O, K>, "words" | "keys" | "missingAuthentication" | "open"> {
  readonly words?: readonly string[];
  readonly keys?: K;
  missingAuthentication?(origin: O, settings: OriginSettings<K>): string | undefined;
  /** Opens feeds. What is large is imported here, since every command reads the configuration. */
  open(requests: readonly FeedRequest<O, OriginSettings<K>>[], context: FeedContext): Promise<readonly OpenFeed[]>;
}

export function describeOrigin<O extends AnyOrigin, K extends Keys = Record<never, never>>(
  definition: OriginDefinition<O, K>,
): OriginDescriptor<O, K> {
  const { keys = {} as K } = definition; // without keys, K has none
  return { words: [], missingAuthentication: () => undefined, ...definition, keys };
}
