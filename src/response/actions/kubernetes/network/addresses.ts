import { BlockList, isIP } from "node:net";
import type { AlertRecord } from "../../../../alert/record.ts";
import type { Parameter } from "../../../action.ts";
import { textOf } from "../../../fields.ts";
import { isLabelName } from "../names.ts";
import type { Found } from "../target.ts";

/** Creates a parameter for a list of networks: `10.0.0.0/8`, `2001:db8::/32`. Single addresses are allowed. */
export function networksParameter(about: string): Parameter {
  return {
    about,
    takes: "a list of networks (10.0.0.0/8, 2001:db8::/32)",
    check(value) {
      if (!Array.isArray(value)) return undefined;
      const networks = value.map((each) => (typeof each === "string" ? networkOf(each) : undefined));
      return networks.includes(undefined) ? undefined : networks;
    },
  };
}

export function namespacesParameter(about: string): Parameter {
  return {
    about,
    takes: "a list of namespaces",
    check: (value) =>
      Array.isArray(value) && value.every((each) => typeof each === "string" && isLabelName(each)) ? value : undefined,
  };
}

/** Returns a network in CIDR notation; undefined if it is invalid. */
function networkOf(text: string): string | undefined {
  const [address = "", bits, more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more !== undefined || address.includes("%")) return undefined;
  const most = family === 6 ? 128 : 32;
  if (bits === undefined) return `${address}/${most}`;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? text : undefined;
}

const local = new BlockList();
local.addSubnet("127.0.0.0", 8);
local.addSubnet("0.0.0.0", 8);
local.addAddress("::1", "ipv6");
local.addAddress("::", "ipv6");

/** Returns the remote address of a connection as a network. */
export function remoteOf(alert: AlertRecord): Found<string> {
  for (const field of ["fd.rip", "fd.sip"]) {
    const text = textOf(alert, field);
    if (text === undefined) continue;
    const family = isIP(text);
    if (family === 0 || text.includes("%")) return { missing: `${field} is not an address` };
    if (local.check(text, family === 6 ? "ipv6" : "ipv4")) return { missing: `${field} belongs to this machine` };
    return { found: `${text}/${family === 6 ? 128 : 32}` };
  }
  return { missing: "the alert has neither fd.rip nor fd.sip" };
}
