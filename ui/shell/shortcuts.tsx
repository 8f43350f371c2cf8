import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Dialog } from "./dialog.tsx";
import { activeShortcuts, type Shortcut, useShortcuts } from "./keys.ts";
import { go } from "./router.ts";

export const shortcutsShown = signal(false);

const everywhere: readonly Shortcut[] = [
  { keys: "?", does: "Show these shortcuts", act: show },
  { keys: "/", does: "Go to the query", act: focusQuery },
  { keys: "g o", does: "Overview", act: () => go("/") },
  { keys: "g a", does: "Alerts", act: () => go("/alerts") },
  { keys: "g r", does: "Rules", act: () => go("/rules") },
  { keys: "g p", does: "Playground", act: () => go("/playground") },
  { keys: "g c", does: "Coverage", act: () => go("/coverage") },
  { keys: "g s", does: "Responses", act: () => go("/responses") },
];

function show(): void {
  shortcutsShown.value = true;
}

function focusQuery(): boolean {
  const query = document.querySelector<HTMLElement>("[data-query]");
  query?.focus();
  return query !== null;
}

/** The shortcuts that hold on every view, and the list of all that hold here. */
export function Shortcuts(): JSX.Element | null {
  useShortcuts(everywhere);
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
          {activeShortcuts().map(({ keys, does }) => (
            <tr key={keys}>
              <th scope="row">
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
