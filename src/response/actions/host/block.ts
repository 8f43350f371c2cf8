import { isIPv6 } from "node:net";
import type { AlertRecord } from "../../../alert/record.ts";
import { addressOf, addressText, isMappedIpv4 } from "../../../event/address.ts";
import type { Action, Parameter } from "../../action.ts";
import { choiceParameter, numberIn, numberParameter, textIn, textsIn, textsParameter } from "../../parameters.ts";
import { hostFields } from "./fields.ts";
import { changeRuleset } from "./nft.ts";
import { networkOf, whyProtected } from "./protected-address.ts";

const TABLE = { family: "inet", table: "eyas" };
/** Priority of the chains. Other programs usually use priority 0, so these chains run first. */
const PRIORITY = -10;

const directions = ["both", "in", "out"] as const;
type Direction = (typeof directions)[number];

/** Hooks, and the packet addresses that each hook matches. The forward hook covers containers and virtual machines. */
const chains = [
  { name: "input", hook: "input", looks: ["saddr"] },
  { name: "output", hook: "output", looks: ["daddr"] },
  { name: "forward", hook: "forward", looks: ["saddr", "daddr"] },
] as const;

const sets = {
  saddr: { ip: "from4", ip6: "from6" },
  daddr: { ip: "to4", ip6: "to6" },
} as const;

const REMOTE = "fd.rip";
const FIELDS = [REMOTE, "fd.sip", "fd.cip", "net.src.ip", "net.dst.ip"];

export const action: Action = {
  name: "host:block",
  about:
    "Blocks an address in the machine's firewall for a limited time, for local and forwarded traffic. Never blocks " +
    "addresses of the machine, loopback, link-local addresses, name servers or gateways. Uses a separate table, " +
    "`inet eyas`; `nft delete table inet eyas` removes all blocks.",
  example: `seconds: 3600
direction: in
except: [10.0.0.0/8]`,
  parameters: {
    seconds: numberParameter(
      "Duration in seconds. If the address is blocked again, the duration starts again.",
      600,
      [1, 2_592_000],
    ),
    direction: choiceParameter(
      "Direction of blocked packets: from the address (`in`), to the address (`out`), or both directions.",
      directions,
      "both",
    ),
    field: textsParameter(
      "Fields that contain the address. The first address that may be blocked is used. Fields after `fd.rip` are used only if the alert has no `fd.rip`.",
      FIELDS,
    ),
    except: networksParameter("Addresses and networks that are never blocked, such as `[10.0.0.0/8, 2001:db8::/32]`."),
  },
  continues: true,
  // The cooldown is short, because blocks expire: if the address connects again later, it must be blocked again.
  cooldown: 1000,
  repeatable: true,
  isLocal: true,
  fields: hostFields,
  permissions: [
    "CAP_NET_ADMIN, to change the firewall",
    "the program `nft` (nftables)",
    "the host's network namespace (in Kubernetes `hostNetwork: true`)",
  ],
  target(alert, parameters) {
    const { address, missing } = choose(alert, parameters);
    return address === undefined ? { missing } : { target: `address ${address}` };
  },
  async run({ alert, parameters, signal }) {
    const { address, missing, protection } = choose(alert, parameters);
    if (address === undefined) return { outcome: "failed", reason: missing };
    if (protection !== undefined) return { outcome: "skipped", reason: `The address is protected: ${protection}.` };
    const direction = directions.find((each) => each === textIn(parameters, "direction")) ?? "both";
    const seconds = numberIn(parameters, "seconds");
    try {
      await changeRuleset([...table(), ...elements(address, direction, seconds)], signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { outcome: "failed", reason: `Cannot block ${address}: ${reason}.` };
    }
    const ways = { both: "from and to", in: "from", out: "to" };
    return { outcome: "done", answer: `Blocked all traffic ${ways[direction]} ${address} for ${seconds} seconds.` };
  },
};

/**
 * Returns the first address in the alert that can be blocked, or the first address if none can. If the remote address
 * is known, later fields are not used, because they contain the same address again, or the local address, for example
 * the address of a pod.
 */
function choose(
  alert: AlertRecord,
  parameters: Readonly<Record<string, unknown>>,
): { address?: string; protection?: string; missing: string } {
  const fields = textsIn(parameters, "field");
  const except = textsIn(parameters, "except");
  const missing = `The alert has no address in ${fields.join(", ")}.`;
  let first: { address: string; protection: string } | undefined;
  for (const field of fields) {
    const value = alert.fields.get(field);
    const address = typeof value === "string" ? canonical(value) : undefined;
    if (address !== undefined) {
      const protection = whyProtected(address, except);
      if (protection === undefined) return { address, missing };
      first ??= { address, protection };
    }
    if (field === REMOTE && typeof value === "string") break;
  }
  return { ...first, missing };
}

/** Returns the canonical form of an address. IPv4-mapped IPv6 addresses become IPv4. */
function canonical(text: string): string | undefined {
  const bytes = addressOf(text);
  if (bytes === undefined) return undefined;
  return addressText(bytes.length === 16 && isMappedIpv4(bytes) ? bytes.slice(12) : bytes);
}

/** Returns commands that create the table with its sets and chains. Existing sets are kept; rules are replaced. */
function table(): object[] {
  const commands: object[] = [{ add: { table: { family: TABLE.family, name: TABLE.table } } }];
  for (const { ip, ip6 } of Object.values(sets)) {
    commands.push({ add: { set: { ...TABLE, name: ip, type: "ipv4_addr", flags: ["timeout"] } } });
    commands.push({ add: { set: { ...TABLE, name: ip6, type: "ipv6_addr", flags: ["timeout"] } } });
  }
  for (const { name, hook, looks } of chains) {
    commands.push({ add: { chain: { ...TABLE, name, type: "filter", hook, prio: PRIORITY, policy: "accept" } } });
    commands.push({ flush: { chain: { ...TABLE, name } } });
    for (const field of looks) {
      for (const [protocol, set] of Object.entries(sets[field])) {
        const left = { payload: { protocol, field } };
        const expr = [{ match: { op: "==", left, right: `@${set}` } }, { counter: null }, { drop: null }];
        commands.push({ add: { rule: { ...TABLE, chain: name, expr } } });
      }
    }
  }
  return commands;
}

/**
 * Returns commands that add an address to the sets. Adding an existing element does not reset its timeout, so the
 * element is added, deleted and added again.
 */
function elements(address: string, direction: Direction, timeout: number): object[] {
  const version = isIPv6(address) ? "ip6" : "ip";
  const names = [
    ...(direction === "out" ? [] : [sets.saddr[version]]),
    ...(direction === "in" ? [] : [sets.daddr[version]]),
  ];
  return names.flatMap((name) => {
    const element = { element: { ...TABLE, name, elem: [{ elem: { val: address, timeout } }] } };
    return [{ add: element }, { delete: { element: { ...TABLE, name, elem: [address] } } }, { add: element }];
  });
}

function networksParameter(about: string): Parameter {
  const list = textsParameter(about, []);
  return {
    ...list,
    takes: "a list of addresses and networks",
    check(value) {
      const texts = list.check(value);
      const all = Array.isArray(texts) && texts.every((each) => networkOf(String(each)) !== undefined);
      return all ? texts : undefined;
    },
  };
}
