import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { ago, clock, day } from "./clock.ts";

/** Milliseconds between updates of relative times. */
const INTERVAL = 10_000;

const now = signal(Date.now());
setInterval(() => {
  if (document.visibilityState === "visible") now.value = Date.now();
}, INTERVAL);

/** The time since a moment, such as `3 min ago`, which stays current. The tooltip shows the time. */
export function Ago({ iso }: { readonly iso: string }): JSX.Element {
  return (
    <time dateTime={iso} title={`${day(iso)} ${clock(iso)}`}>
      {ago(iso, Math.max(now.value, Date.parse(iso)))}
    </time>
  );
}
