import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Milliseconds between requests while the page is visible. */
const INTERVAL = 10_000;

/** A number that changes when data are to be requested again. */
export function useRefresh(): number {
  const tick = useSignal(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") tick.value++;
    }, INTERVAL);
    return () => clearInterval(timer);
  }, []);
  return tick.value;
}
