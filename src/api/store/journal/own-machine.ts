import type { ComponentStatus, Status } from "../../agent-view.ts";
import type { EvaluatedState } from "../../machines/evaluate.ts";
import { bareMachine } from "../../machines/shown-machine.ts";
import type { Machine } from "../../schemas/machine.ts";

/** This machine, according to the status of its agent. */
export function ownMachine(status: Status): Machine {
  const { hostname, version, started, sources, outputs, health, watching } = status;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const events = sources.filter(({ intake }) => intake !== true);
  return {
    ...bareMachine(hostname, hostname, stateOf(status)),
    ...{ version, started },
    seen: watching ? new Date().toISOString() : null,
    sensor: health.find(({ name }) => name === "sensor")?.state ?? (watching ? "off" : ""),
    rate: watching ? sum(events.map(({ rate }) => rate)) : null,
    events: watching ? sum(events.map((source) => source.events)) : null,
    dropped: watching ? sum(events.map(({ drops }) => drops)) : null,
    backlog: watching ? Math.max(0, ...outputs.map(({ waiting }) => waiting)) : null,
    ruleNumber: status.rules.loaded,
    health: health.map(({ name, state, reason, since }) => ({ name, state, reason, since })),
    outputs: outputs.map(({ name, state, waiting, lag }) => ({ name, state, backlog: waiting, lag })),
  };
}

function stateOf({ watching, health, outputs, started }: Status): EvaluatedState {
  if (!watching) return { state: "unknown", since: null, reason: "the web UI runs without the agent" };
  const component = (name: string): ComponentStatus | undefined =>
    health.find((one) => one.name === name && one.state !== "ok");
  const blind = [component("sensor"), component("canary")].find((one) => one?.state === "failed");
  if (blind !== undefined) return ofComponent("blind", blind);
  const failing = component("outputs");
  const late = outputs.find(({ state }) => state === "behind");
  if (late !== undefined) return { state: "behind", since: Date.parse(late.since), reason: `${late.name} is behind` };
  if (failing !== undefined) return ofComponent("failing outputs", failing);
  const degraded = health.find(({ state }) => state !== "ok");
  if (degraded !== undefined) return ofComponent("degraded", degraded, `${degraded.name}: ${degraded.reason}`);
  return { state: "healthy", since: Date.parse(started), reason: "" };
}

function ofComponent(
  state: EvaluatedState["state"],
  { since, reason }: ComponentStatus,
  shown = reason,
): EvaluatedState {
  return { state, since: Date.parse(since), reason: shown };
}
