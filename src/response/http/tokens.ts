import type { Answer } from "./ask.ts";
import { orStopped } from "./trouble.ts";

/** Something to show for a time. */
export interface Token {
  readonly text: string;
  /** Milliseconds it is good for, counted from when it was given. */
  readonly life: number;
}

/** A token that is renewed when it has to be, once for all who wait for it. */
export interface Tokens {
  /** @throws Trouble */
  get(signal: AbortSignal): Promise<string>;
  /** It was refused. Says nothing of a newer one. */
  refuse(token: string): void;
}

/** Milliseconds before its end when a token is renewed, at most: a request takes time, and clocks differ. */
const EARLY = 30_000;
/** Milliseconds that getting one may take, whoever waits for it. */
const PATIENCE = 15_000;

/** @param renew gets a new one; throws Trouble */
export function openTokens(renew: (signal: AbortSignal) => Promise<Token>): Tokens {
  let known: { readonly text: string; readonly until: number } | undefined;
  let coming: Promise<string> | undefined;

  async function fetchOne(): Promise<string> {
    const asked = performance.now();
    const { text, life } = await renew(AbortSignal.timeout(PATIENCE));
    known = { text, until: asked + life - Math.min(EARLY, life / 10) };
    return text;
  }

  return {
    get(signal) {
      if (known !== undefined && performance.now() < known.until) return Promise.resolve(known.text);
      coming ??= fetchOne().finally(() => {
        coming = undefined;
      });
      return orStopped(coming, signal);
    },
    refuse(token) {
      if (known?.text === token) known = undefined;
    },
  };
}

/** Asks with a token; where the server takes it no more, once again with a new one. */
export async function withToken(
  tokens: Tokens,
  signal: AbortSignal,
  send: (token: string) => Promise<Answer>,
): Promise<Answer & { readonly token: string }> {
  const token = await tokens.get(signal);
  const answer = await send(token);
  if (answer.status !== 401) return { ...answer, token };
  tokens.refuse(token);
  const next = await tokens.get(signal);
  return { ...(await send(next)), token: next };
}

/** What is kept for each way of signing in, as long as the program runs. */
export function keptFor<S, T>(open: (settings: S) => T): (settings: S) => T {
  const kept = new Map<string, T>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const before = kept.get(key);
    if (before !== undefined) return before;
    // A configuration has a few; more are left from those before it was changed.
    if (kept.size >= 64) kept.clear();
    const opened = open(settings);
    kept.set(key, opened);
    return opened;
  };
}
