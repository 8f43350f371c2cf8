import { timerDelay } from "../../setting/timer.ts";

/** A wait that can be interrupted. */
export interface Pause {
  /**
   * Waits for a number of milliseconds (at most 24.8 days), or until {@link wake} is called if the number is undefined.
   * @returns false if the time limit of {@link end} is reached
   */
  wait(milliseconds: number | undefined): Promise<boolean>;
  /**
   * Ends the current wait if it has no timeout. If there is no such wait, the next wait without a timeout ends
   * immediately.
   */
  wake(): void;
  /** Ends the current wait. */
  hurry(): void;
  /** Ends the current wait, and limits all subsequent waits to this many milliseconds from now. */
  end(milliseconds: number): void;
  readonly ending: boolean;
  readonly over: boolean;
}

export function openPause(): Pause {
  let end = Number.POSITIVE_INFINITY;
  let ending = false;
  let woken = false;
  /** Ends the current wait. If `any` is false, ends only a wait without a timeout. */
  let resume: ((any: boolean) => void) | undefined;
  // Whole milliseconds, since a timer can fire a fraction of a millisecond early.
  const left = (): number => Math.max(Math.floor(end - performance.now()), 0);

  return {
    wait(milliseconds) {
      if (milliseconds === undefined && woken) {
        woken = false;
        return Promise.resolve(left() > 0);
      }
      return new Promise((resolve) => {
        const go = (): void => {
          clearTimeout(timer);
          resume = undefined;
          resolve(left() > 0);
        };
        const time = Math.min(milliseconds ?? Number.POSITIVE_INFINITY, left() + 1);
        const timer = time === Number.POSITIVE_INFINITY ? undefined : setTimeout(go, timerDelay(time));
        resume = (any) => {
          if (!any && milliseconds !== undefined) return;
          woken = false;
          go();
        };
      });
    },
    wake() {
      woken = true;
      resume?.(false);
    },
    hurry() {
      resume?.(true);
    },
    end(milliseconds) {
      ending = true;
      end = performance.now() + milliseconds;
      resume?.(true);
    },
    get ending() {
      return ending;
    },
    get over() {
      return left() === 0;
    },
  };
}
