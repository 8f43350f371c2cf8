import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { filtered, filterOf } from "../../ui-shared/filter/filter.ts";
import { parameters, path } from "../../ui-shared/page/router.ts";
import { hasRole, session, signOut } from "../../ui-shared/page/session.ts";
import { localTimeText, setTimeZone, timeZone } from "../../ui-shared/text/time-zone.ts";
import { NotificationsButton } from "../notify/button.tsx";
import { HealthIndicator } from "./health.tsx";
import { Logo } from "./logo.tsx";
import { shortcutsShown } from "./shortcuts.tsx";
import { setTheme, type Theme, theme } from "./theme.ts";
import { type View, views } from "./views.ts";

/** Scrolls the links, but not the page, so that the current link is in the middle. Its neighbors show that more follow. */
function showCurrent(links: Element): void {
  const current = links.querySelector("[aria-current]")?.getBoundingClientRect();
  const shown = links.getBoundingClientRect();
  if (current === undefined || shown.width === 0) return; // without a width, as while hidden, there is no middle
  links.scrollLeft += (current.left + current.right - shown.left - shown.right) / 2;
}

export function Navigation(): JSX.Element {
  const links = useRef<HTMLElement>(null);
  const failure = useSignal("");
  // On a narrow screen, the links scroll. Keeps the current link visible, also after the health indicator has appeared
  // beside the links.
  useEffect(() => {
    if (links.current === null) return;
    showCurrent(links.current);
    const observer = new ResizeObserver(([entry]) => entry !== undefined && showCurrent(entry.target));
    observer.observe(links.current);
    return () => observer.disconnect();
  }, [path.value]);
  return (
    <header class="bar">
      <a class="brand" href="/" aria-label="Eyas overview">
        <Logo />
        <span class="brand-name">Eyas</span>
      </a>
      <nav ref={links} aria-label="Views">
        <ul>
          {views
            .filter(({ role }) => role === undefined || hasRole(role))
            .map(
              (view) =>
                view.path !== undefined && (
                  <li key={view.path}>
                    <a href={addressOf(view, view.path)} aria-current={isCurrent(view.path) ? "page" : undefined}>
                      {view.title}
                    </a>
                  </li>
                ),
            )}
        </ul>
      </nav>
      <div class="bar-end">
        <HealthIndicator />
        <TimeZoneSwitch />
        <NotificationsButton />
        <ThemeSwitch />
        <button
          type="button"
          class="plain"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => {
            shortcutsShown.value = true;
          }}
        >
          ?
        </button>
        <span class="who" title={`Role: ${session.value?.role}`}>
          {session.value?.user}
        </span>
        {failure.value !== "" && (
          <span class="failure" role="alert">
            {failure.value}
          </span>
        )}
        <button
          type="button"
          class="plain"
          title={`Signed in as ${session.value?.user}`}
          onClick={async () => {
            failure.value = (await signOut()) ?? "";
          }}
        >
          Sign out
        </button>
      </div>
    </header>
  );
}

function addressOf({ keepsFilter }: View, address: string): string {
  return keepsFilter ? filtered(address, filterOf(parameters.value)) : address;
}

function isCurrent(address: string): boolean {
  return address === "/" ? path.value === "/" : `${path.value}/`.startsWith(`${address}/`);
}

/** Themes, each with a symbol and the theme to which the button switches. */
const THEMES: Readonly<Record<Theme, { readonly symbol: string; readonly next: Theme }>> = {
  system: { symbol: "◐", next: "light" },
  light: { symbol: "○", next: "dark" },
  dark: { symbol: "●", next: "system" },
};

/** Shows the time zone of all times, and switches between local time and UTC. */
function TimeZoneSwitch(): JSX.Element {
  const isUtc = timeZone.value === "utc";
  const local = localTimeText();
  return (
    <button
      type="button"
      class="plain"
      aria-label={`Times in ${isUtc ? "UTC" : local}. Switch to ${isUtc ? local : "UTC"}`}
      title={`Times in ${isUtc ? "UTC" : local}`}
      onClick={() => setTimeZone(isUtc ? "local" : "utc")}
    >
      {isUtc ? "UTC" : "Local"}
    </button>
  );
}

function ThemeSwitch(): JSX.Element {
  const { symbol, next } = THEMES[theme.value];
  return (
    <button
      type="button"
      class="plain"
      aria-label={`Theme: ${theme.value}. Switch to ${next}`}
      title={`Theme: ${theme.value}`}
      onClick={() => setTheme(next)}
    >
      {symbol}
    </button>
  );
}
