/** Lock that every visible tab with Eyas shares. */
const LOCK = "eyas-visible-page";

let release = (): void => {};

/**
 * Holds the lock while this tab is visible. Without locks, which require HTTPS or localhost, there are no
 * notifications.
 */
export function announceVisibility(): void {
  if (!("locks" in navigator)) return;
  const update = (): void => {
    release();
    if (document.visibilityState === "hidden") return;
    void navigator.locks.request(LOCK, { mode: "shared" }, () => {
      if (document.visibilityState === "hidden") return undefined;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
  };
  update();
  document.addEventListener("visibilitychange", update);
}

/** Whether any tab with Eyas is visible. */
export async function isPageVisible(): Promise<boolean> {
  if (document.visibilityState !== "hidden") return true;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === LOCK);
}
