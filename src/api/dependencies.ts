import type { Posture } from "../posture/reading.ts";
import type { AgentView } from "./agent-view.ts";
import type { ExceptionEntry } from "./exceptions/entries.ts";
import type { PastChange } from "./exceptions/history.ts";
import type { SignInError } from "./openid/sign-in-error.ts";
import type { RuleSettings } from "./rule-settings/settings.ts";
import type { Store } from "./store/store.ts";
import type { User, Users } from "./user.ts";

/** The dependencies of routes. */
export interface Dependencies {
  readonly store: Store;
  readonly sensor: AgentView;
  readonly users: Users;
  /** Whether the page is served over TLS. */
  readonly secure: boolean;
  /** Origin at which users reach the page (`web_page.public_url`); empty if it is not configured. */
  readonly publicOrigin: string;
  /** Signing in with OpenID Connect; undefined if it is not configured. */
  readonly openId: OpenId | undefined;
  readonly samples: Samples;
  readonly captures: Captures;
  readonly exceptions: Exceptions;
  readonly pageRules: PageRules;
  readonly signIns: SignIns;
  readonly followers: Followers;
  readonly posture: Pick<Posture, "look">;
  /** The OpenAPI document of all routes. */
  readonly document: () => Readonly<Record<string, unknown>>;
}

/** The bundled captures. */
export interface Samples {
  list(): readonly { readonly name: string; readonly bytes: number }[];
  /** The bytes of a capture; undefined for an unknown name. */
  read(name: string): Uint8Array | undefined;
}

/**
 * Captures that alerts refer to. Files are read from the configured directory; only the file name of a path is used.
 */
export interface Captures {
  has(stated: string): Promise<boolean>;
  /** Reads a capture; yields nothing if it does not exist. */
  read(stated: string): AsyncIterable<Uint8Array>;
}

/** The exceptions file. */
export interface Exceptions {
  /** Reads the file and its history. Exceptions are in the order of the file. */
  read(): Promise<ExceptionsOnDisk>;
  /** The exceptions in the text of a rule file, without metadata; empty if the text is not valid. */
  yamlIn(text: string): Promise<ReadonlySet<string>>;
}

/** The file of rules that were written or changed on the page. */
export interface PageRules {
  /** Reads the file. Never rejects. */
  read(): Promise<PageRulesOnDisk>;
}

export interface PageRulesOnDisk {
  readonly file: string;
  /** Reason why rules cannot be changed; undefined if they can be changed. */
  readonly problem: string | undefined;
  readonly settings: RuleSettings;
}

/** The exceptions file and the changes that can be reverted. */
export interface ExceptionsOnDisk {
  /** Path of the file. */
  readonly file: string;
  /** Reason why exceptions cannot be listed or changed; undefined if they can be listed and changed. */
  readonly problem: string | undefined;
  readonly entries: readonly ExceptionEntry[];
  /** Number of other items in the file. */
  readonly others: number;
  /** The change that can be reverted, by ID of the exception. */
  readonly reverts: ReadonlyMap<string, Revert>;
  /** The exceptions that have been removed, most recently removed first. */
  readonly removed: readonly RemovedException[];
}

/** A change that can be reverted. */
export interface Revert {
  readonly kind: PastChange["kind"];
  readonly user: string;
  readonly time: string;
  /** The text of the exception before the change. */
  readonly before: string;
}

export interface RemovedException extends Revert {
  readonly id: string;
  readonly rule: string;
  readonly version: string;
  readonly yaml: string;
  readonly reason: string | undefined;
  readonly expires: string | undefined;
}

/**
 * Rate limits for wrong tokens. Requests with valid tokens are never limited, because all users of a machine or behind
 * a proxy share an address, and a token of 256 random bits cannot be guessed.
 */
export interface SignIns {
  /** Counts a wrong token. @returns 0, or the seconds until the client can try again */
  refuse(address: string): number;
  /**
   * Whether to write a rejected attempt to the audit log. Rate-limited, so that attempts do not displace other entries.
   */
  isNews(address: string): boolean;
}

/** Open event streams by user, one entry per connection. */
export interface Followers {
  /** @throws ApiError if too many streams are open */
  join(user: string): void;
  leave(user: string): void;
}

/** Signing in with an OpenID Connect provider. */
export interface OpenId {
  /** Name of the provider, for users. */
  readonly name: string;
  /** Origin of the page at which users sign in. */
  readonly origin: string;
  /** Whether users reach this origin over TLS. */
  readonly secure: boolean;
  /**
   * Begins a sign-in.
   * @param to path and query of the page to which the user returns; for any other value, the user returns to `/`
   * @returns the provider's URL for the user, and the cookie that binds the sign-in to the browser
   * @throws SignInError
   */
  begin(
    to: string,
    now: number,
  ): Promise<{ readonly location: string; readonly cookie: string; readonly seconds: number }>;
  /** Ends a sign-in with the query of the provider's response. */
  finish(parameters: URLSearchParams, cookie: string | undefined, now: number): Promise<SignInResult>;
}

/** The result of a sign-in, and the URL to which the user returns. */
export type SignInResult =
  | {
      readonly user: User;
      /** The user's identifier at the provider. */
      readonly subject: string;
      /** End of the session, in milliseconds since the epoch. */
      readonly end: number;
      readonly to: string;
    }
  | { readonly failure: SignInError; readonly to: string };
