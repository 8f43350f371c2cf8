import type { JSX } from "preact";

export function Logo(): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
      <path d="M1 8c3-5 11-5 14 0-3 5-11 5-14 0z" />
      <circle cx="8" cy="8" r="2.4" />
    </svg>
  );
}
