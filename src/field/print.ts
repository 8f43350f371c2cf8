import { addressText } from "../event/address.ts";
import { cleanText } from "../event/clean.ts";
import type { FieldType, NumberFormat, Printing, Scalar, Value } from "./field.ts";

export const plainPrinting: Printing = { base64Buffers: false };

/** Maximum length of a printed list. */
const MAX_LIST = 1023;
/** Length to which printed buffers are truncated if they are longer by more than one byte. */
const MAX_BUFFER = 1021;

const NETWORK = "<IPNET>"; // networks are only for comparison

/** A value as text; undefined for a number with the format "none". */
export function valueText(value: Value, type: FieldType, format: NumberFormat, printing: Printing): string | undefined {
  if (typeof value !== "object") return scalarText(value, type, format, printing);
  const text = `(${value.map((item) => scalarText(item, type, format, printing)).join(",")})`;
  return text.length > MAX_LIST ? text.slice(0, MAX_LIST) : text;
}

/** A value as JSON text. 64-bit numbers keep all digits. */
export function valueJson(value: Value, type: FieldType, format: NumberFormat, printing: Printing): string {
  if (typeof value !== "object") return scalarJson(value, type, format, printing);
  return value.length === 0 ? "null" : `[${value.map((item) => scalarJson(item, type, format, printing)).join(",")}]`;
}

function scalarText(value: Scalar, type: FieldType, format: NumberFormat, printing: Printing): string | undefined {
  switch (typeof value) {
    case "boolean":
      return value ? "true" : "false";
    case "string":
      if (type === "IPADDR") return addressText(value);
      if (type === "IPNET") return NETWORK;
      if (type === "BYTEBUF") return bufferText(value, printing);
      return cleanText(value);
    default:
      return type === "DOUBLE" ? Number(value).toFixed(1) : numberText(value, type, format);
  }
}

function scalarJson(value: Scalar, type: FieldType, format: NumberFormat, printing: Printing): string {
  switch (typeof value) {
    case "boolean":
      return value ? "true" : "false";
    case "string":
      return JSON.stringify(scalarText(value, type, format, printing));
    default:
      if (type === "DOUBLE") return doubleJson(Number(value));
      if (format === "none") return "null";
      return format === "dec" ? String(value) : JSON.stringify(numberText(value, type, format));
  }
}

/** Number of bits of signed types, whose negative values print as two's complement in hexadecimal and octal form. */
const SIGNED_BITS: Partial<Record<FieldType, number>> = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 };

/** A number in the format of its field; undefined if the format is "none". */
function numberText(value: number | bigint, type: FieldType, format: NumberFormat): string | undefined {
  switch (format) {
    case "dec":
      return String(value);
    case "padded10":
      return String(value).padStart(9, "0");
    case "none":
      return undefined;
    default: {
      const bits = SIGNED_BITS[type] ?? 64;
      const unsigned = value < 0 ? BigInt.asUintN(bits, BigInt(value)) : value;
      return format === "hex" ? unsigned.toString(16).toUpperCase() : unsigned.toString(8);
    }
  }
}

/** The shortest JSON text that parses to the same double. It always has a fraction or exponent (`1.0`). */
export function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 15) {
    const plain = String(value);
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  const sign = power < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Bytes of a buffer as base64 or as text. In text, printable ASCII is unchanged; all other bytes become dots. */
export function bufferText(bytes: string, printing: Printing): string {
  if (printing.base64Buffers) return base64(bytes);
  const text = dots(bytes);
  return text.length > MAX_BUFFER + 1 ? text.slice(0, MAX_BUFFER) : text;
}

/** Replaces every byte that is not printable ASCII with a dot. */
export function dots(bytes: string): string {
  return bytes.replace(/[^ -~]/g, ".");
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 of a byte string, padded. */
export function base64(bytes: string): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const rest = bytes.length - i;
    const bits =
      (bytes.charCodeAt(i) << 16) |
      ((rest > 1 ? bytes.charCodeAt(i + 1) : 0) << 8) |
      (rest > 2 ? bytes.charCodeAt(i + 2) : 0);
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    text += rest > 1 ? ALPHABET[(bits >> 6) & 63] : "=";
    text += rest > 2 ? ALPHABET[bits & 63] : "=";
  }
  return text;
}
