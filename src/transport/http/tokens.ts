import { TransportError } from "./error.ts";
import type { HttpResponse } from "./send.ts";

/** A bearer token, or another credential that expires. */
export interface Token {
  readonly text: string;
  /** Time from the issuance of the token to its expiry, in milliseconds. */
  readonly life: number;
}

/** A token that is renewed before it expires. Concurrent callers share a renewal. */
export interface Tokens {
  /** @throws TransportError */
  get(signal: AbortSignal): Promise<string>;
  /** Reports a token that the server rejected. A newer token is kept. */
  reject(token: string): void;
}

/**
 * Maximum time before expiry at which a token is renewed, in milliseconds. Accounts for request duration and clock
 * skew.
 */
const EARLY = 30_000;
/** Timeout of a renewal, in milliseconds. */
const RENEWAL_TIMEOUT = 15_000;

/** @param renew requests a new token; throws TransportError */
export function openTokens(renew: (signal: AbortSignal) => Promise<Token>): Tokens {
  let known: { readonly text: string; readonly until: number } | undefined;
  let coming: Promise<string> | undefined;

  async function fetchOne(): Promise<string> {
    const asked = performance.now();
    const { text, life } = await renew(AbortSignal.timeout(RENEWAL_TIMEOUT));
    known = { text, until: asked + life - Math.min(EARLY, life / 10) };
    return text;
  }

  return {
    get(signal) {
      if (known !== undefined && performance.now() < known.until) return Promise.resolve(known.text);
      coming ??= fetchOne().finally(() => {
        coming = undefined;
      });
      return untilAborted(coming, signal);
    },
    reject(token) {
      if (known?.text === token) known = undefined;
    },
  };
}

/** Sends a request with a token. Renews the token and retries once if the server rejects it. */
export async function withToken(
  tokens: Tokens,
  signal: AbortSignal,
  send: (token: string) => Promise<HttpResponse>,
): Promise<HttpResponse & { readonly token: string }> {
  const token = await tokens.get(signal);
  const response = await send(token);
  if (response.status !== 401) return { ...response, token };
  tokens.reject(token);
  const next = await tokens.get(signal);
  return { ...(await send(next)), token: next };
}

/** Returns a function that caches the results of `open` by settings. */
export function oncePerSettings<S, T>(open: (settings: S) => T): (settings: S) => T {
  const kept = new Map<string, T>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const before = kept.get(key);
    if (before !== undefined) return before;
    // A configuration has few distinct settings, so most results in a full cache belong to previous configurations.
    if (kept.size >= 64) kept.clear();
    const opened = open(settings);
    kept.set(key, opened);
    return opened;
  };
}

/** Waits for a shared promise until the signal aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new TransportError("cancelled while signing in; no request was sent"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
