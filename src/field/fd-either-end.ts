import { type Descriptor, isInet } from "../machine/descriptor.ts";
import { descriptorOf } from "./fd-of-event.ts";
import { isPair } from "./fd-sides.ts";
import { type Field, FieldArgumentError, type FieldType, type Scalar, type Test } from "./field.ts";
import { PLAIN, row } from "./row.ts";

/** A test of both ends of a connection, or of the single end of a listening socket. */
function eitherEnd<T>(
  read: (fd: Descriptor, other: boolean) => T,
  matches: (value: T) => boolean,
  both: boolean,
): Test {
  return (event) => {
    const fd = descriptorOf(event);
    if (fd === undefined || !isInet(fd)) return false;
    const first = matches(read(fd, false));
    if (!isPair(fd) || first !== both) return first;
    return matches(read(fd, true));
  };
}

const isKnown: Test = (event) => descriptorOf(event) !== undefined;

const address = (fd: Descriptor, other: boolean) => (other ? fd.dip : fd.sip);
const port = (fd: Descriptor, other: boolean) => (other ? fd.dport : fd.sport);

export function addressTest(operator: string, operands: readonly Scalar[]): Test {
  if (operator === "exists") return isKnown;
  if (operator === "=") return eitherEnd(address, (ip) => ip === operands[0], false);
  if (operator === "!=") return eitherEnd(address, (ip) => ip !== operands[0], true);
  if (operator !== "in") throw new FieldArgumentError('fd.ip supports only "=", "!=", "in" and "exists".');
  const set = new Set(operands);
  return eitherEnd(address, (ip) => set.has(ip), false);
}

export function networkTest(operator: string, operands: readonly Scalar[]): Test {
  if (operator === "exists") return isKnown;
  // Only the first member of a list is compared, as in Falco.
  const network = String(operands[0]);
  if (operator === "=" || operator === "in") return eitherEnd(address, (ip) => isWithin(ip, network), false);
  if (operator === "!=") return eitherEnd(address, (ip) => !isWithin(ip, network), true);
  throw new FieldArgumentError('fd.net supports only "=", "!=", "in" and "exists".');
}

/**
 * Whether an address is in a network.
 * @param network the bytes of the address, followed by one byte for the prefix length
 */
function isWithin(ip: string, network: string): boolean {
  if (network.length !== ip.length + 1) return false;
  let bits = network.charCodeAt(ip.length);
  for (let i = 0; bits > 0; i++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((ip.charCodeAt(i) ^ network.charCodeAt(i)) & mask) !== 0) return false;
  }
  return true;
}

const ORDER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

export function portTest(operator: string, operands: readonly Scalar[]): Test {
  if (operator === "exists") return isKnown;
  const ports = operands.map(Number);
  if (operator === "in") return eitherEnd(port, (number) => ports.includes(number), false);
  if (operator === "!=") return eitherEnd(port, (number) => number !== ports[0], true);
  const compare = ORDER[operator];
  if (compare === undefined) throw new FieldArgumentError(`Ports cannot be compared with "${operator}".`);
  return eitherEnd(port, (number) => compare(number, ports[0]!), false);
}

/** A field for both ends of a connection, which can be used in conditions but not in outputs. */
export function bothEnds(
  name: string,
  type: FieldType,
  test: (operator: string, operands: readonly Scalar[]) => Test,
  description: string,
  looksAt: readonly string[],
): Field {
  return row(name, type, () => undefined, description, {
    ...PLAIN,
    shownAs: looksAt,
    filterOnly: true,
    test: (_argument, operator, operands) => test(operator, operands),
  });
}
