/** Minimum and maximum number of milliseconds between two requests. */
const MIN_PAUSE = 100;
const MAX_PAUSE = 1000;

type Fetch<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Repeats a request until its counts are complete. Each request counts more alerts. The pause after a request is half as
 * long as the request took, so that other requests are answered.
 * @param onPart called with each incomplete result
 * @throws ApiError, and the reason of an aborted signal
 */
export async function completed<T>(fetch: Fetch<T>, signal: AbortSignal, onPart?: (value: T) => void): Promise<T> {
  for (;;) {
    const began = performance.now();
    const value = await fetch(signal);
    if (!isContinued(value)) return value;
    signal.throwIfAborted();
    onPart?.(value);
    await pauseAfter(began, signal);
  }
}

/**
 * Waits before an incomplete count is requested again.
 * @param began when the last request began
 * @throws the reason of an aborted signal
 */
export function pauseAfter(began: number, signal: AbortSignal): Promise<void> {
  return pause(Math.min(MAX_PAUSE, Math.max(MIN_PAUSE, (performance.now() - began) / 2)), signal);
}

/** Whether a result, or one of its properties or elements, includes more alerts if it is requested again. */
export function isContinued(value: unknown): boolean {
  return continues(value) || (typeof value === "object" && value !== null && Object.values(value).some(continues));
}

function continues(value: unknown): boolean {
  return typeof value === "object" && value !== null && "continues" in value && value.continues === true;
}

function pause(duration: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", cancel);
      resolve();
    }, duration);
    signal.addEventListener("abort", cancel, { once: true });
  });
}
