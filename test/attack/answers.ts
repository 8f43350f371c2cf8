import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { startAwakeClock } from "./awake.ts";
import { HANG_MS } from "./outcome.ts";

/** Interval between two requests, in milliseconds. */
const PAUSE = 250;
/** Request timeout, in milliseconds. */
const PATIENCE = 4 * HANG_MS;

/** Statistics on the responses of a server. */
export interface Answers {
  readonly count: number;
  /** Number of periods without a response that lasted {@link HANG_MS}. */
  readonly hangs: number;
  /** Longest time between two responses, in milliseconds. */
  readonly slowest: number;
}

/**
 * Requests a URL repeatedly, until `stop` is called or `isRunning` returns false. Any response counts, whatever its
 * status.
 */
export function watchAnswers(url: string, isRunning: () => boolean): { stop(): Promise<Answers> } {
  const clock = startAwakeClock();
  let [count, hangs, slowest, stopped] = [0, 0, 0, false];
  const watching = (async () => {
    for (let answered = clock.now(); !stopped && isRunning(); await sleep(PAUSE)) {
      const isAnswered = await answers(url);
      if (!isRunning()) return;
      const waited = clock.now() - answered;
      if (isAnswered) {
        count++;
        slowest = Math.max(slowest, waited - PAUSE);
      }
      if (waited > HANG_MS) hangs++;
      if (isAnswered || waited > HANG_MS) answered = clock.now();
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      clock.stop();
      return { count, hangs, slowest: Math.round(slowest) };
    },
  };
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, signal: AbortSignal.timeout(PATIENCE) }, (response) => {
      response.resume().once("close", () => resolve(response.complete));
    });
    asked.once("error", () => resolve(false));
  });
}
