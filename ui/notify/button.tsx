import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { priorities } from "../../src/rule/rule.ts";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { disable, enable, isBlocked, isSupported, notifiedFrom, selected, selectPriority } from "./settings.ts";

const isOpen = signal(false);

/** Button in the header, which opens {@link NotificationsDialog}. */
export function NotificationsButton(): JSX.Element {
  const state = notifiedFrom.value === undefined ? "off" : `on, ${notifiedFrom.value} or higher`;
  return (
    <button
      type="button"
      class="plain"
      aria-label={`Notifications: ${state}`}
      title={`Notifications: ${state}`}
      onClick={() => {
        isOpen.value = true;
      }}
    >
      <svg class="bell" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d="M8 1.5a4 4 0 0 0-4 4v3L2.5 11v1h11v-1L12 8.5v-3a4 4 0 0 0-4-4zM6.5 13a1.5 1.5 0 0 0 3 0z" />
        {notifiedFrom.value === undefined && <path class="bell-off" d="M2 14L14 2" />}
      </svg>
    </button>
  );
}

/** Dialog with the settings of notifications. */
export function NotificationsDialog(): JSX.Element | null {
  if (!isOpen.value) return null;
  return (
    <Dialog
      title="Notifications"
      close={() => {
        isOpen.value = false;
      }}
    >
      <Settings />
    </Dialog>
  );
}

function Settings(): JSX.Element {
  const id = useId();
  return (
    <div class="stacked notifications">
      <p>
        While all tabs with Eyas are hidden, the browser shows one notification for all new alerts, with the message of
        the most severe alert. The title of a hidden tab shows the number of new alerts.
      </p>
      <label for={`${id}-priority`}>Minimum priority</label>
      <select
        id={`${id}-priority`}
        value={selected.value}
        onChange={({ currentTarget }) => selectPriority(priorities[currentTarget.selectedIndex] ?? "Critical")}
      >
        {priorities.map((priority) => (
          <option key={priority} value={priority}>
            {priority}
          </option>
        ))}
      </select>
      <p role="status">{stateText()}</p>
      {notifiedFrom.value !== undefined ? (
        <button type="button" onClick={disable}>
          Turn off
        </button>
      ) : (
        <button type="button" class="primary" disabled={!isSupported} onClick={() => void enable()}>
          Turn on
        </button>
      )}
    </div>
  );
}

function stateText(): string {
  if (!isSupported) return "Notifications require HTTPS or localhost.";
  if (notifiedFrom.value !== undefined)
    return `Notifications are on for alerts with priority ${notifiedFrom.value} or higher.`;
  if (isBlocked.value)
    return "The browser blocks notifications from this site. Allow them in the site settings of the browser.";
  return "Notifications are off.";
}
