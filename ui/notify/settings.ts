import { computed, signal } from "@preact/signals";
import { type Priority, priorities } from "../../src/rule/rule.ts";

const KEY = "eyas-notifications";
/** Priority that is proposed to users who enable notifications. */
const PROPOSED: Priority = "Critical";

/** Whether the browser has notifications. They require HTTPS or localhost. */
export const isSupported = "Notification" in window && window.isSecureContext;

/** The permission of the browser, which the user can change at any time. */
const permission = signal<NotificationPermission>(isSupported ? Notification.permission : "denied");
if (isSupported) void followPermission();

async function followPermission(): Promise<void> {
  const current = await navigator.permissions.query({ name: "notifications" });
  const update = (): void => {
    permission.value = current.state === "prompt" ? "default" : current.state;
  };
  update();
  current.addEventListener("change", update);
}

/** Whether the browser blocks notifications of this site. The page then cannot request the permission. */
export const isBlocked = computed(() => permission.value === "denied");

/** The minimum priority that the user has chosen; undefined if notifications are off. */
const chosen = signal(priorities.find((priority) => priority === window.localStorage.getItem(KEY)));

/** Minimum priority of alerts that are shown as notifications; undefined if notifications are off. */
export const notifiedFrom = computed(() => (permission.value === "granted" ? chosen.value : undefined));
/** The minimum priority that the user has chosen, or the proposed one. */
export const selected = signal<Priority>(chosen.peek() ?? PROPOSED);

/** Selects the minimum priority, with immediate effect if notifications are on. */
export function selectPriority(priority: Priority): void {
  selected.value = priority;
  if (notifiedFrom.peek() !== undefined) choose(priority);
}

function choose(priority: Priority | undefined): void {
  chosen.value = priority;
  if (priority === undefined) window.localStorage.removeItem(KEY);
  else window.localStorage.setItem(KEY, priority);
}

/** Requests the permission and turns notifications on. Must be called in response to a click. */
export async function enable(): Promise<void> {
  permission.value = await Notification.requestPermission();
  if (permission.value === "granted") choose(selected.peek());
}

export function disable(): void {
  choose(undefined);
}
