import type { Silent } from "./agent-view.ts";
import type { Store } from "./store/store.ts";

/** Interval between checks, in milliseconds. */
const INTERVAL = 30_000;

/**
 * Reports machines of the fleet that have become silent. Failures are not reported, because requests for the list of
 * machines fail with the same error.
 * @param report called with machines that no other page reports. The next check waits until it has finished, because
 *   the check records that the alerts were raised
 */
export function watchSilence(
  { claimSilent }: Pick<Store, "claimSilent">,
  report: (machines: readonly Silent[]) => void | Promise<void>,
): { close(): void } {
  if (claimSilent === undefined) return { close() {} };
  let isBusy = false;
  const timer = setInterval(async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      const silent = await claimSilent();
      if (silent.length > 0) await report(silent);
    } catch {
      // The server does not respond. The next check retries.
    } finally {
      isBusy = false;
    }
  }, INTERVAL).unref();
  return { close: () => clearInterval(timer) };
}
