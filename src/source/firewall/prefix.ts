import { actionInPrefix } from "./action.ts";
import type { FirewallFields } from "./event.ts";

/** Log prefix of Shorewall: `Shorewall:chain:ACTION:`. */
const SHOREWALL = /^Shorewall6?:([^:]+):([A-Za-z]+)/;
/** Log prefix of the TRACE target of iptables: `TRACE: table:chain:type:rulenum`. */
const TRACE = /^TRACE: ([^:]+):([^:]+):[a-z]+:([0-9]+)/;

/** Parses the log prefix of a rule. */
export function readPrefix(text: string | undefined): Pick<FirewallFields, "prefix" | "action" | "chain" | "rule"> {
  const prefix = text?.trim();
  if (prefix === undefined || prefix === "") return {};
  const shorewall = SHOREWALL.exec(prefix);
  if (shorewall !== null) return { prefix, chain: shorewall[1], action: actionInPrefix(shorewall[2]) };
  const trace = TRACE.exec(prefix);
  if (trace !== null) return { prefix, chain: `${trace[1]}:${trace[2]}`, rule: trace[3] };
  return { prefix, action: actionInPrefix(prefix) };
}

/** Returns the netfilter hook for packets with these input and output interfaces; undefined without interfaces. */
export function hookOf(from: string | undefined, to: string | undefined): string | undefined {
  const [comes, goes] = [from !== undefined && from !== "", to !== undefined && to !== ""];
  if (comes && goes) return "forward";
  return comes ? "input" : goes ? "output" : undefined;
}
