import type { LargeBody } from "../../server/intake.ts";
import type { Keys, Settings } from "../../setting/shape.ts";
import type { Feed } from "../feed.ts";
import type { Attribution } from "../file-integrity/attribution.ts";
import type { Intake } from "../inbox.ts";
import type { Reader } from "../reader.ts";
import type { CommonKeys } from "./common-keys.ts";

/** Origin of a source's events, as `from` in the configuration names it. It contains no secrets. */
export interface AnyOrigin {
  /** Name of its descriptor: `http`, `file`, `kafka`, … */
  readonly kind: string;
  /** Text in the configuration. */
  readonly text: string;
}

/** A sentence on an invalid `from`. */
export interface WrongOrigin {
  readonly wrong: string;
}

/** A feed to open: its origin, the settings of its source, and the destination of its events. */
export interface FeedRequest<O extends AnyOrigin = AnyOrigin, S = object> {
  /** Name of the source. */
  readonly source: string;
  readonly origin: O;
  /** Prefix of the source's keys in the configuration: `sources.k8s_audit`. */
  readonly keys: string;
  readonly settings: S;
  readonly reader: Reader;
  readonly intake: Intake;
  /** Called with each body that is rejected for its size. */
  readonly bodyTooLarge?: (body: LargeBody) => void;
}

/** Shared options of feeds. */
export interface FeedContext {
  /** File with the positions in files. */
  readonly positions: string;
  /** Directory of the journal, for other files that the agent keeps. */
  readonly state: string;
  /** Logs a warning: a sentence without its end. */
  warn(sentence: string, source?: string): void;
  /** Logs a notice: a sentence without its end. */
  note?(sentence: string): void;
  /** Mount point of the machine's root; default: `/`. */
  readonly hostRoot?: string;
  /** Finds the processes behind changes of files. */
  readonly attribution?: Attribution | undefined;
}

/** A feed; for HTTP, with its address and its answers by status. */
export interface OpenFeed extends Feed {
  readonly url?: string;
  readonly answers?: ReadonlyMap<number, number>;
  /** Connections closed because there were too many. */
  readonly evicted?: () => number;
}

/** A feed that cannot be opened. The message is one sentence for the user. */
export class FeedError extends Error {}

/** Settings that every source has for an origin with keys `K`. */
export type OriginSettings<K> = Settings<K & CommonKeys>;

/** A kind of origin as described in its file: `from`, the keys of every source, start and docs/sources.md. */
export interface OriginDescriptor<O extends AnyOrigin = AnyOrigin, K extends Keys = Keys> {
  readonly kind: O["kind"];
  /** Schemes: the text before the first colon of a `from`. */
  readonly schemes: readonly string[];
  /** Words that name it without a scheme. */
  readonly words: readonly string[];
  /** Syntax of a `from`, as Markdown. */
  readonly form: string;
  /** Its keys in every source. */
  readonly keys: K;
  /** Parses a `from`. @param rest the text after the scheme's colon; the whole text if a word names the origin */
  parse(rest: string, text: string, scheme: string): O | WrongOrigin;
  /**
   * The key that would make senders authenticate, "" if there is none.
   * @returns undefined if senders authenticate, or the mode of a file decides who may send
   */
  missingAuthentication(origin: AnyOrigin, settings: object): string | undefined;
  /**
   * Opens feeds, all or none.
   * @returns in the order of `requests`
   * @throws FeedError
   */
  open(requests: readonly FeedRequest[], context: FeedContext): Promise<readonly OpenFeed[]>;
}

/** Description of an origin; everything else has defaults. */
export interface OriginDefinition<O extends AnyOrigin, K extends Keys>
  extends Omit<OriginDescriptor<O, K>, "words" | "keys" | "missingAuthentication" | "open"> {
  readonly words?: readonly string[];
  readonly keys?: K;
  missingAuthentication?(origin: O, settings: OriginSettings<K>): string | undefined;
  /** Opens feeds. Import large modules here, since every command reads the configuration. */
  open(requests: readonly FeedRequest<O, OriginSettings<K>>[], context: FeedContext): Promise<readonly OpenFeed[]>;
}

export function describeOrigin<O extends AnyOrigin, K extends Keys = Record<never, never>>(
  definition: OriginDefinition<O, K>,
): OriginDescriptor<O, K> {
  const { keys = {} as K } = definition; // without keys, K has none
  return { words: [], missingAuthentication: () => undefined, ...definition, keys };
}
