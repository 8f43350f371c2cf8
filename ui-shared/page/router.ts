import { computed, signal } from "@preact/signals";

/** URL of the current view. */
export const location = signal(new URL(window.location.href));

export const path = computed(() => location.value.pathname);
export const parameters = computed(() => location.value.searchParams);

let entries = 0;

/** Returns an ID that is unique in the browser's history, including entries from before a reload of the page. */
function newEntry(): string {
  return `${performance.timeOrigin}.${entries++}`;
}

function entryOf(state: unknown): string | undefined {
  const isOurs = typeof state === "object" && state !== null && "entry" in state;
  return isOurs && typeof state.entry === "string" ? state.entry : undefined;
}

/** ID of the current entry of the browser's history. */
export let historyEntry = entryOf(window.history.state) ?? newEntry();
window.history.replaceState({ entry: historyEntry }, "");
// The page restores scroll positions itself, since it does so after its data have been loaded.
window.history.scrollRestoration = "manual";

type Listener = () => void;
const leaving = new Set<Listener>();
const returned = new Set<Listener>();

/** Calls a function before the page leaves an entry of the browser's history. */
export function onLeave(listener: Listener): void {
  leaving.add(listener);
}

/** Calls a function when the user has gone back or forward to an entry of the browser's history. */
export function onReturn(listener: Listener): void {
  returned.add(listener);
}

window.addEventListener("popstate", (event) => {
  for (const listener of leaving) listener();
  // An entry without an ID was created by a link to a part of the page.
  historyEntry = entryOf(event.state) ?? newEntry();
  if (entryOf(event.state) === undefined) window.history.replaceState({ entry: historyEntry }, "");
  location.value = new URL(window.location.href);
  for (const listener of returned) listener();
});

/** Navigates to a URL of this page, given as a path with parameters. */
export function navigate(address: string, mode: "push" | "replace" = "push"): void {
  const url = new URL(address, window.location.origin);
  if (url.href === location.value.href) return;
  for (const listener of leaving) listener();
  if (mode === "push") {
    historyEntry = newEntry();
    window.history.pushState({ entry: historyEntry }, "", url);
  } else window.history.replaceState({ entry: historyEntry }, "", url);
  const moved = url.pathname !== location.value.pathname;
  location.value = url;
  if (moved) window.scrollTo(0, 0);
}

/** Sets a parameter in the URL of the current view, or deletes it, without a new entry in the browser's history. */
export function setParameter(name: string, value: string | undefined): void {
  const { pathname, searchParams } = location.peek();
  const query = new URLSearchParams(searchParams);
  if (value === undefined) query.delete(name);
  else query.set(name, value);
  navigate(query.size === 0 ? pathname : `${pathname}?${query}`, "replace");
}

/** Follows a link in SVG, which {@link followLinks} does not handle. */
export function followSvgLink(event: MouseEvent, address: string): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(address);
}

/** Follows links within this page without a reload. Modifier keys keep their default action. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download")) return;
  if (link.origin !== window.location.origin || link.pathname.startsWith("/api/")) return;
  if (link.hash !== "" && link.pathname === window.location.pathname) return;
  event.preventDefault();
  navigate(link.href);
}
