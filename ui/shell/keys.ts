import { useLayoutEffect } from "preact/hooks";

/** A key, or two one after the other (`g a`), and what it does. */
export interface Shortcut {
  readonly keys: string;
  readonly description: string;
  /** Answers false where there was nothing to do: the key then has its usual meaning. */
  readonly run: () => unknown;
}

const active = new Set<readonly Shortcut[]>();
let previousKey = "";
let previousAt = 0;
/** How long the second key of two may take, in milliseconds. */
const SEQUENCE_TIMEOUT = 1200;

/** The shortcuts that hold now, the newest view's last. */
export function activeShortcuts(): readonly Shortcut[] {
  return [...active].flat();
}

/** Makes shortcuts hold while the component is there. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  // Before the next drawing: a key may follow at once.
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

/** Where keys are text, or belong to a control: also one in a shadow root, as the playground's editor. */
function isTextInput(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
