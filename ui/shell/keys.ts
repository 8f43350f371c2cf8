import { useLayoutEffect } from "preact/hooks";

/** A key, or a sequence of two (`g a`), and its action. */
export interface Shortcut {
  readonly keys: string;
  readonly description: string;
  /** Runs the action. Returns false if it does not apply; the key then keeps its default action. */
  readonly run: () => unknown;
}

const active = new Set<readonly Shortcut[]>();
let previousKey = "";
let previousAt = 0;
/** Maximum time between the two keys of a sequence, in milliseconds. */
const SEQUENCE_TIMEOUT = 1200;

/** Returns the registered shortcuts, most recent last. */
export function activeShortcuts(): readonly Shortcut[] {
  return [...active].flat();
}

/** Registers shortcuts while the component is mounted. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  // A layout effect, because a key may be pressed before the next frame.
  useLayoutEffect(() => {
    active.add(shortcuts);
    return () => void active.delete(shortcuts);
  }, [shortcuts]);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTextInput(event.composedPath()[0]))
    return;
  if (document.querySelector("dialog[open]") !== null) return;
  const pair = event.timeStamp - previousAt < SEQUENCE_TIMEOUT ? `${previousKey} ${event.key}` : event.key;
  previousKey = event.key;
  previousAt = event.timeStamp;
  const known = activeShortcuts();
  const found = known.find(({ keys }) => keys === pair) ?? known.find(({ keys }) => keys === event.key);
  if (found === undefined || found.run() === false) return;
  event.preventDefault();
  previousKey = "";
});

/** Whether the element accepts text input. The editor of the playground is in a shadow root. */
function isTextInput(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
