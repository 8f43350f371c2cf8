import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Dialog } from "./dialog.tsx";
import { activeShortcuts, type Shortcut, useShortcuts } from "./keys.ts";
import { navigate } from "./router.ts";

export const shortcutsShown = signal(false);

const globalShortcuts: readonly Shortcut[] = [
  { keys: "?", description: "Show these shortcuts", run: show },
  { keys: "/", description: "Go to the query", run: focusQuery },
  { keys: "g o", description: "Overview", run: () => navigate("/") },
  { keys: "g a", description: "Alerts", run: () => navigate("/alerts") },
  { keys: "g r", description: "Rules", run: () => navigate("/rules") },
  { keys: "g p", description: "Playground", run: () => navigate("/playground") },
  { keys: "g c", description: "Coverage", run: () => navigate("/coverage") },
  { keys: "g s", description: "Responses", run: () => navigate("/responses") },
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
          {activeShortcuts().map(({ keys, description }) => (
            <tr key={keys}>
              <th scope="row">
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
