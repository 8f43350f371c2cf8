import { toByteString } from "../event/bytes.ts";
import type { Scalar } from "../field/field.ts";
import { parseAddress, parseNetwork } from "./address.ts";
import type { Literal, Operator } from "./ast.ts";
import { ConditionError } from "./error.ts";
import { servicePorts } from "./services.ts";
import { INTEGERS, type IntegerType } from "./types.ts";

/** Maximum size of values in comparisons, in bytes. */
const MAX_BYTES = 255;

/**
 * Converts a literal to a value of the type with which it is compared.
 * @throws ConditionError (fault `mismatch`) if it is not a value of that type
 */
export function operand(literal: Literal, type: string, operator: Operator): Scalar {
  const wrong = (what: string): never => {
    throw new ConditionError("mismatch", `${JSON.stringify(literal.text)} ${what}.`, literal.place);
  };
  const { text } = literal;
  if (operator === "bcontains" || operator === "bstartswith") {
    return hexBytes(text) ?? wrong(`is not a sequence of pairs of hexadecimal digits, which "${operator}" requires`);
  }
  const integer = INTEGERS[type];
  if (integer !== undefined) {
    const port = type === "PORT" ? portNumber(text) : undefined;
    return port ?? wholeNumber(text, integer) ?? wrong("is not an integer");
  }
  switch (type) {
    case "DOUBLE":
      return wholeNumber(text, INTEGERS.INT32) ?? wrong("is not an integer");
    case "BOOL":
      if (text === "true" || text === "false") return text === "true";
      return wrong('is neither "true" nor "false"');
    case "IPADDR":
      return parseAddress(text) ?? wrong("is not an address");
    case "IPNET":
      return parseNetwork(text) ?? wrong("is not a network in CIDR notation");
    default: {
      const bytes = toByteString(text);
      if (bytes.length > MAX_BYTES) wrong(`is longer than ${MAX_BYTES} bytes, the maximum for a comparison`);
      return bytes;
    }
  }
}

/**
 * Parses a decimal number and wraps it into an integer type, as in the C library: `-1` is the largest value of an
 * unsigned type. Returns a bigint above 2^53; undefined if the text is not a number.
 */
function wholeNumber(text: string, type: IntegerType): number | bigint | undefined {
  const match = /^[\t\n\v\f\r ]*([+-]?)([0-9]+)$/.exec(text);
  if (match === null) return undefined;
  let value = BigInt(match[2]!);
  if (type.signed) {
    const limit = match[1] === "-" ? 2n ** 63n : 2n ** 63n - 1n;
    if (value > limit) value = limit;
    if (match[1] === "-") value = -value;
    value = BigInt.asIntN(type.bits, value);
  } else {
    if (value > 2n ** 64n - 1n) value = 2n ** 64n - 1n;
    else if (match[1] === "-") value = -value;
    value = BigInt.asUintN(type.bits, value);
  }
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}

/** Parses a port number or service name. */
function portNumber(text: string): number | undefined {
  if (text === "") return 0;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) & 0xffff;
  return servicePorts.get(text);
}

function hexBytes(text: string): string | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  let bytes = "";
  for (let i = 0; i < text.length; i += 2) bytes += String.fromCharCode(parseInt(text.slice(i, i + 2), 16));
  return bytes;
}
