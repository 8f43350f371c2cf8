import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Status } from "../../src/api/schemas/status.ts";
import { isGoodOutput } from "../../src/output/state.ts";
import { api } from "../../ui-shared/api/client.ts";
import { connected, status, statusTime } from "../../ui-shared/api/live.ts";
import { reachable, sessionEnd } from "../../ui-shared/api/request.ts";
import { clock } from "../../ui-shared/text/clock.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { outputAddress } from "../outputs/address.ts";

/** Milliseconds between checks of the age of the status. */
const INTERVAL = 1000;
/** Age of the status in milliseconds above which it is fetched. An event stream sends it every 2 s. */
const MAX_AGE = { connected: 6000, disconnected: 3000 };
/** Time in milliseconds after which a request for the status has failed. */
const TIMEOUT = 5000;

/** Keeps the status current, also in views without an event stream and while the server does not respond. */
export function useStatus(): void {
  useEffect(() => {
    let isRunning = false;
    const check = async (): Promise<void> => {
      const age = Date.now() - statusTime.peek();
      const isRecent = reachable.peek() && age < MAX_AGE[connected.peek() ? "connected" : "disconnected"];
      if (isRunning || isRecent || document.visibilityState === "hidden" || sessionEnd.peek() !== undefined) return;
      isRunning = true;
      try {
        status.value = await api.status(AbortSignal.timeout(TIMEOUT));
        statusTime.value = Date.now();
      } catch {
        // The banner shows that the server does not respond.
      }
      isRunning = false;
    };
    void check();
    const timer = setInterval(() => void check(), INTERVAL);
    return () => clearInterval(timer);
  }, []);
}

/** The worst state of all components, with the reasons. */
interface Indicator {
  readonly kind: "good" | "warn" | "bad" | "none";
  readonly text: string;
  readonly reasons: readonly string[];
  /** URL of the view that shows the reasons. */
  readonly address?: string;
}

/** View of the status of all components. */
const STATUS = "/#status";
/** Component whose health follows from the states of the outputs. */
const OUTPUTS = "outputs";

/** Summarizes the status. */
function indicatorOf(current: Status | undefined, isReachable: boolean): Indicator {
  if (!isReachable) return { kind: "bad", text: "No connection", reasons: ["Eyas does not respond"] };
  if (current === undefined) return { kind: "none", text: "", reasons: [] };
  if (!current.watching) return { kind: "none", text: "Standalone", reasons: ["the web UI runs without the agent"] };
  const { health, sources, outputs, responses } = current;
  const failed = health.filter(({ state }) => state === "failed");
  const reasons = [
    ...health.filter(({ state }) => state !== "ok").map(({ name, reason }) => `${name}: ${reason}`),
    ...outputs.filter(({ state }) => !isGoodOutput(state)).map(({ name, state }) => `output ${name}: ${state}`),
    ...sources.filter(({ state }) => state !== "up").map(({ name, state }) => `source ${name}: ${state}`),
    ...(responses.paused ? ["responses are paused"] : []),
  ];
  const address = addressOf(current);
  if (failed.length > 0) return { kind: "bad", text: "Failed", reasons, address };
  return reasons.length > 0
    ? { kind: "warn", text: "Degraded", reasons, address }
    : { kind: "good", text: "Healthy", reasons: ["all components are healthy"] };
}

/**
 * Returns the URL of the failing output if there is exactly one, of the list if there are several, otherwise of the
 * status of all components.
 */
function addressOf({ outputs, health }: Status): string {
  const failing = outputs.filter(({ state }) => !isGoodOutput(state));
  const isWorseElsewhere = health.some(({ name, state }) => state === "failed" && name !== OUTPUTS);
  const [first] = failing;
  if (first === undefined || isWorseElsewhere) return STATUS;
  return failing.length === 1 ? outputAddress(first.name) : "/outputs";
}

/** The health of the agent, as a link to the reasons. The tooltip also states the reasons. */
export function HealthIndicator(): JSX.Element | null {
  const { kind, text, reasons, address = STATUS } = indicatorOf(status.value, reachable.value);
  if (text === "") return null;
  const reason = visible(reasons.join("; "));
  return (
    <a class={`health health-${kind}`} href={address} aria-label={`Health: ${text}: ${reason}`} title={reason}>
      <span class="health-dot" aria-hidden="true" />
      <span class="health-text">{text}</span>
    </a>
  );
}

/** States that the server does not respond, so that old data are not mistaken for current data. */
export function StaleBanner(): JSX.Element | null {
  const since = useSignal(0);
  const isReachable = reachable.value;
  useEffect(() => {
    if (!isReachable) since.value = Date.now();
  }, [isReachable, since]);
  if (isReachable || since.value === 0) return null;
  return (
    <p class="stale" role="alert">
      No connection to Eyas since {clock(new Date(since.value).toISOString(), false)}. This page may show old data.
    </p>
  );
}
