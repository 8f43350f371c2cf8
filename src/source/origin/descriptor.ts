import type { LargeBody } from "../../server/intake.ts";
import type { Keys, Settings } from "../../setting/shape.ts";
import type { Feed } from "../feed.ts";
import type { Attribution } from "../file-integrity/attribution.ts";
import type { Intake } from "../inbox.ts";
import type { Reader } from "../reader.ts";
import type { CommonKeys } from "./common-keys.ts";

/** Origin of a source's events: a parsed `from` of the configuration. It contains no secrets. */
export interface AnyOrigin {
  /** Name of the origin's descriptor, such as `http`, `file` or `kafka`. */
  readonly kind: string;
  /** The text of `from` in the configuration. */
  readonly text: string;
}

/** Reason why a `from` is invalid, as a sentence. */
export interface WrongOrigin {
  readonly wrong: string;
}

/** A request to open a feed: its origin, the settings of its source, and the intake for its events. */
export interface FeedRequest<O extends AnyOrigin = AnyOrigin, S = object> {
  /** Name of the source. */
  readonly source: string;
  readonly origin: O;
  /** Prefix of the source's keys in the configuration, such as `sources.k8s_audit`. */
  readonly keys: string;
  readonly settings: S;
  readonly reader: Reader;
  readonly intake: Intake;
  /** Called for each body that is rejected because of its size. */
  readonly bodyTooLarge?: (body: LargeBody) => void;
}

/** Options that all feeds share. */
export interface FeedContext {
  /** Path of the file that stores the positions in followed files. */
  readonly positions: string;
  /** State directory, which contains the journal and other files of the agent. */
  readonly state: string;
  /** Logs a warning. The sentence has no period. */
  warn(sentence: string, source?: string): void;
  /** Logs a notice. The sentence has no period. */
  note?(sentence: string): void;
  /** Mount point of the machine's root; default: `/`. */
  readonly hostRoot?: string;
  /** Finds the processes that changed files. */
  readonly attribution?: Attribution | undefined;
}

/** An open feed. Only HTTP feeds have the optional members. */
export interface OpenFeed extends Feed {
  readonly url?: string;
  readonly answers?: ReadonlyMap<number, number>;
  /** Number of connections that were closed because there were too many. */
  readonly evicted?: () => number;
}

/** An error while opening a feed. It has a message for the user. */
export class FeedError extends Error {}

/** Settings that every source has for an origin with the keys `K`. */
export type OriginSettings<K> = Settings<K & CommonKeys>;

/**
 * A kind of origin. The syntax of `from`, configuration keys of every source, startup, and documentation in
 * docs/sources.md are derived from this description.
 */
export interface OriginDescriptor<O extends AnyOrigin = AnyOrigin, K extends Keys = Keys> {
  readonly kind: O["kind"];
  /** Schemes. The scheme of a `from` is the text before its first colon. */
  readonly schemes: readonly string[];
  /** Values of `from` that select the origin without a scheme, such as `-`. */
  readonly words: readonly string[];
  /** Syntax of `from`, as Markdown. */
  readonly form: string;
  /** Configuration keys that the origin adds to every source. */
  readonly keys: K;
  /** Parses a `from`. @param rest the text after the scheme and its colon; the whole text if there is no scheme */
  parse(rest: string, text: string, scheme: string): O | WrongOrigin;
  /**
   * Returns the configuration key that makes senders authenticate; "" if there is no such key.
   * @returns undefined if senders already authenticate, or if file permissions restrict who can send
   */
  missingAuthentication(origin: AnyOrigin, settings: object): string | undefined;
  /**
   * Opens all feeds or none.
   * @returns the feeds in the order of `requests`
   * @throws FeedError
   */
  open(requests: readonly FeedRequest[], context: FeedContext): Promise<readonly OpenFeed[]>;
}

/** Definition of an origin; optional members have defaults. */
export interface OriginDefinition<O extends AnyOrigin, K extends Keys>
  extends Omit<OriginDescriptor<O, K>, "words" | "keys" | "missingAuthentication" | "open"> {
  readonly words?: readonly string[];
  readonly keys?: K;
  missingAuthentication?(origin: O, settings: OriginSettings<K>): string | undefined;
  /** Opens feeds. Import large modules here, since every command loads this file with the configuration. */
  open(requests: readonly FeedRequest<O, OriginSettings<K>>[], context: FeedContext): Promise<readonly OpenFeed[]>;
}

export function describeOrigin<O extends AnyOrigin, K extends Keys = Record<never, never>>(
  definition: OriginDefinition<O, K>,
): OriginDescriptor<O, K> {
  const { keys = {} as K } = definition; // K is empty if `keys` is absent
  return { words: [], missingAuthentication: () => undefined, ...definition, keys };
}
