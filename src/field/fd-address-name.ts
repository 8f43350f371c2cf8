import { domainOf } from "../event/domain.ts";
import { descriptorOf } from "./fd-of-event.ts";
import { isPair } from "./fd-sides.ts";
import type { Field, Reader, Scalar, Test } from "./field.ts";
import { PLAIN, row } from "./row.ts";

/**
 * Tests the names of an address. An address can have several names. `!=` is true only if the name has been resolved or
 * another name of the address is known.
 */
function nameTest(address: Reader, operator: string, operands: readonly Scalar[]): Test | undefined {
  if ((operator !== "=" && operator !== "in" && operator !== "!=") || operands.length === 0) return undefined;
  const names = operands.map((operand) => domainOf(String(operand)));
  const isNamed: Test = (event) => {
    const { names: resolved } = event.machine;
    const of = resolved === undefined ? undefined : address(event);
    if (resolved === undefined || typeof of !== "string") return false;
    for (let i = 0; i < names.length; i++) if (resolved.isNamed(event, of, names[i]!)) return true;
    return false;
  };
  if (operator !== "!=") return isNamed;
  return (event) => {
    const { names: resolved } = event.machine;
    const of = resolved === undefined ? undefined : address(event);
    if (resolved === undefined || typeof of !== "string" || isNamed(event)) return false;
    return resolved.learned(names[0]!) !== undefined || resolved.latest(event, of) !== undefined;
  };
}

/** A field with the name of a connection's address, which `read` returns. */
export function nameOf(name: string, read: Reader, description: string): Field {
  const address: Reader = (event) => {
    const fd = descriptorOf(event);
    return fd === undefined || !isPair(fd) ? undefined : read(event);
  };
  const latest: Reader = (event) => {
    const { names } = event.machine;
    const of = names === undefined ? undefined : address(event);
    return typeof of === "string" ? names?.latest(event, of) : undefined;
  };
  return row(name, "CHARBUF", latest, description, {
    ...PLAIN,
    needs: "dns",
    test: (_argument, operator, operands) => nameTest(address, operator, operands),
    any: () => (event, matches) => {
      const { names } = event.machine;
      const of = names === undefined ? undefined : address(event);
      return typeof of === "string" && names?.some(event, of, matches) === true;
    },
  });
}
