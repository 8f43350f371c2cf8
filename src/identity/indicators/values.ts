import { parseAddress, parseNetwork } from "../../condition/address.ts";
import { type IndicatorKind, type IndicatorSetBuilder, MAX_DOMAIN } from "../../condition/indicator-set.ts";

/** Adds a value from a file to a set. @returns false if the value is not a valid indicator of this kind */
type Add = (into: IndicatorSetBuilder, value: string) => boolean;

const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/i;

/** Functions that add values, by kind. */
export const adders: Readonly<Record<IndicatorKind, Add>> = {
  hash(into, value) {
    if (!HASH.test(value)) return false;
    into.addHash(value);
    return true;
  },
  address(into, value) {
    const network = parseNetwork(value);
    if (network !== undefined) {
      into.addNetwork(network.slice(0, -1), network.charCodeAt(network.length - 1));
      return true;
    }
    const address = parseAddress(value);
    if (address === undefined) return false;
    into.addNetwork(address, address.length * 8);
    return true;
  },
  domain(into, value) {
    const isWild = value.startsWith("*.") || value.startsWith(".");
    const name = value.replace(/^\*?\./, "").replace(/\.$/, "");
    if (name.length > MAX_DOMAIN || !DOMAIN.test(name)) return false;
    into.addDomain(name, isWild);
    return true;
  },
};
