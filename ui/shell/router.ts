import { computed, signal } from "@preact/signals";

/** URL of the current view. */
export const location = signal(new URL(window.location.href));

export const path = computed(() => location.value.pathname);
export const parameters = computed(() => location.value.searchParams);

window.addEventListener("popstate", () => {
  location.value = new URL(window.location.href);
});

/** Navigates to a URL of this page, given as a path with parameters. */
export function navigate(address: string, mode: "push" | "replace" = "push"): void {
  const url = new URL(address, window.location.origin);
  if (url.href === location.value.href) return;
  if (mode === "push") window.history.pushState(null, "", url);
  else window.history.replaceState(null, "", url);
  const moved = url.pathname !== location.value.pathname;
  location.value = url;
  if (moved) window.scrollTo(0, 0);
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
