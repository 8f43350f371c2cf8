import { useLayoutEffect } from "preact/hooks";

/** A key, or a sequence of two (`g a`), and its action. */
export interface Shortcut {
  readonly keys: string;
  /** Another key for the same action. */
  readonly also?: string;
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
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (takesKey(event.composedPath()[0], event.key)) return;
  if (document.querySelector("dialog[open]") !== null) return;
  const pair = event.timeStamp - previousAt < SEQUENCE_TIMEOUT ? `${previousKey} ${event.key}` : event.key;
  previousKey = event.key;
  previousAt = event.timeStamp;
  const known = activeShortcuts();
  const found =
    known.find(({ keys }) => keys === pair) ?? known.find(({ keys, also }) => keys === event.key || also === event.key);
  if (found === undefined || found.run() === false) return;
  event.preventDefault();
  previousKey = "";
});

/** Inputs that use no other keys than the space bar. */
const SWITCH = /^(?:checkbox|button|submit|reset)$/;

/** Whether the element itself uses the key. The editor of the playground is in a shadow root. */
function takesKey(target: EventTarget | undefined, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !SWITCH.test(target.type) || key === " ";
  if (target.isContentEditable || /^(?:TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  const isSwitch = /^(?:A|BUTTON|SUMMARY)$/.test(target.tagName) || target.role === "slider";
  return isSwitch && (key === "Enter" || key === " ");
}
