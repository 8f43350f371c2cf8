import { flowOf } from "../event/flow.ts";
import type { Observed } from "../machine/observed.ts";
import { textOf } from "./document-value.ts";
import { walk } from "./json-value.ts";

const PACKET_DIRECTION = ["direction"];
const HOOK = ["fw", "hook"];

/** Directions of packets by netfilter hook. */
const BY_HOOK: ReadonlyMap<string, string> = new Map([
  ["input", "inbound"],
  ["output", "outbound"],
  ["forward", "external"],
]);

/** The direction of a document's flow, as seen from this machine. See the field `net.direction`. */
export function flowDirection(event: Observed): string | undefined {
  const { document } = event;
  if (document === undefined) return undefined;
  const hook = BY_HOOK.get(textOf(walk(document, HOOK)) ?? "");
  if (hook !== undefined) return hook;
  const flow = flowOf(document);
  if (flow === undefined) return undefined;
  const { interfaceTable, flows } = event.machine;
  const found = event.thread === undefined ? undefined : flows?.find(flow);
  if (found !== undefined && !(interfaceTable.has(flow.source) && interfaceTable.has(flow.destination)))
    return found.isInitiator ? "outbound" : "inbound";
  const isAnswer = textOf(walk(document, PACKET_DIRECTION)) === "to_client";
  const fromHere = interfaceTable.has(isAnswer ? flow.destination : flow.source);
  const toHere = interfaceTable.has(isAnswer ? flow.source : flow.destination);
  if (fromHere) return toHere ? "internal" : "outbound";
  return toHere ? "inbound" : "external";
}
