import { signal } from "@preact/signals";
import { asked, type Filter } from "../filter/filter.ts";
import { address } from "./request.ts";
import type { Alert, State, Status } from "./types.ts";

/** The newest status, as the server tells it every two seconds. */
export const status = signal<Status | undefined>(undefined);

/** Whether news come in. */
export const connected = signal(false);

/** What somebody made of an alert. */
export interface Triage {
  readonly id: string;
  readonly state: State;
}

interface News {
  readonly alert?: (alert: Alert) => void;
  readonly triage?: (triage: Triage) => void;
}

/**
 * Follows what happens; the browser connects again by itself, and the server then tells what was missed.
 * @returns ends it
 */
export function follow(filter: Filter, news: News): () => void {
  const { since: _since, until: _until, ...now } = asked(filter);
  const source = new EventSource(address("/events", now));
  source.addEventListener("open", () => {
    connected.value = true;
  });
  source.addEventListener("error", () => {
    connected.value = false;
  });
  source.addEventListener("status", ({ data }: MessageEvent<string>) => {
    connected.value = true;
    status.value = JSON.parse(data) as Status;
  });
  source.addEventListener("alert", ({ data }: MessageEvent<string>) => news.alert?.(JSON.parse(data) as Alert));
  source.addEventListener("state", ({ data }: MessageEvent<string>) => news.triage?.(JSON.parse(data) as Triage));
  return () => {
    source.close();
    connected.value = false;
  };
}
