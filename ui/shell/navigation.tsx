import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { filtered, filterOf } from "../filter/filter.ts";
import { parameters, path } from "./router.ts";
import { hasRole, session, signOut } from "./session.ts";
import { shortcutsShown } from "./shortcuts.tsx";
import { setTheme, type Theme, theme } from "./theme.ts";

interface Entry {
  readonly path: string;
  readonly label: string;
  /** Keeps the filter parameters of the address. */
  readonly filters?: true;
  readonly admin?: true;
}

const entries: readonly Entry[] = [
  { path: "/", label: "Overview", filters: true },
  { path: "/alerts", label: "Alerts", filters: true },
  { path: "/rules", label: "Rules" },
  { path: "/playground", label: "Playground" },
  { path: "/coverage", label: "Coverage" },
  { path: "/responses", label: "Responses" },
  { path: "/users", label: "Audit log", admin: true },
];

export function Navigation(): JSX.Element {
  const views = useRef<HTMLElement>(null);
  // On a narrow screen the links scroll: keep the current one visible.
  useEffect(() => {
    views.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [path.value]);
  return (
    <header class="bar">
      <a class="brand" href="/" aria-label="Eyas overview">
        <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
          <path d="M1 8c3-5 11-5 14 0-3 5-11 5-14 0z" />
          <circle cx="8" cy="8" r="2.4" />
        </svg>
        Eyas
      </a>
      <nav ref={views} aria-label="Views">
        <ul>
          {entries
            .filter(({ admin }) => admin === undefined || hasRole("admin"))
            .map((entry) => (
              <li key={entry.path}>
                <a href={addressOf(entry)} aria-current={isCurrent(entry) ? "page" : undefined}>
                  {entry.label}
                </a>
              </li>
            ))}
        </ul>
      </nav>
      <div class="bar-end">
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
        <button type="button" class="plain" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}

function addressOf(entry: Entry): string {
  return entry.filters ? filtered(entry.path, filterOf(parameters.value)) : entry.path;
}

function isCurrent(entry: Entry): boolean {
  return entry.path === "/" ? path.value === "/" : `${path.value}/`.startsWith(`${entry.path}/`);
}

/** Each theme with its symbol and the theme that the button switches to. */
const THEMES: Readonly<Record<Theme, { readonly symbol: string; readonly next: Theme }>> = {
  system: { symbol: "◐", next: "light" },
  light: { symbol: "○", next: "dark" },
  dark: { symbol: "●", next: "system" },
};

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
