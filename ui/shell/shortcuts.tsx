import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { activeShortcuts, type Shortcut, useShortcuts } from "../../ui-shared/page/keys.ts";
import { navigate } from "../../ui-shared/page/router.ts";
import { views } from "./views.ts";

export const shortcutsShown = signal(false);

const globalShortcuts: readonly Shortcut[] = [
  { keys: "?", description: "Show keyboard shortcuts", run: show },
  { keys: "/", description: "Focus the query input", run: focusQuery },
  ...views.flatMap(({ title, path, key }) =>
    path === undefined || key === undefined
      ? []
      : [{ keys: `g ${key}`, description: `Go to ${title.toLowerCase()}`, run: () => navigate(path) }],
  ),
];

const KEY_NAMES: Readonly<Record<string, string>> = {
  ...{ ArrowUp: "↑", ArrowDown: "↓", PageUp: "Page Up", PageDown: "Page Down", " ": "Space", Escape: "Esc" },
};

function nameOf(key: string): string {
  return KEY_NAMES[key] ?? key;
}

function show(): void {
  shortcutsShown.value = true;
}

function focusQuery(): boolean {
  const query = document.querySelector<HTMLElement>("[data-query]");
  query?.focus();
  return query !== null;
}

/** Global shortcuts, and the dialog that lists all active shortcuts. */
export function Shortcuts(): JSX.Element | null {
  useShortcuts(globalShortcuts);
  if (!shortcutsShown.value) return null;
  return (
    <Dialog
      title="Keyboard shortcuts"
      close={() => {
        shortcutsShown.value = false;
      }}
    >
      <table class="keys">
        <tbody>
          {activeShortcuts().map(({ keys, also, description }) => (
            <tr key={keys}>
              <th scope="row">
                {(keys === " " ? [keys] : keys.split(" ")).map((key) => (
                  <kbd key={key}>{nameOf(key)}</kbd>
                ))}
                {also !== undefined && (
                  <>
                    or <kbd>{nameOf(also)}</kbd>
                  </>
                )}
              </th>
              <td>{description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
