import { toByteString } from "../../event/bytes.ts";
import type { Json, JsonObject } from "../../event/document.ts";
import type { YamlNode } from "../../rule/yaml.ts";
import { type Reading, TestFault } from "../reading.ts";

/** Converts a YAML node to a JSON value. Plain `1`, `true` and `null` are not strings. */
export function jsonOf(reading: Reading): Json {
  return nodeValue(reading.node, reading);
}

/** Converts a mapping to a JSON object. */
export function objectOf(reading: Reading, what: string): JsonObject {
  if (!reading.isMapping) throw reading.fault(`${what} must be a mapping (key: value).`);
  return Object.fromEntries(reading.entries(what).map(({ key, value }) => [toByteString(key), jsonOf(value)]));
}

function nodeValue(node: YamlNode, within: Reading): Json {
  switch (node.kind) {
    case "sequence":
      return node.items.map((item) => nodeValue(item, within));
    case "mapping":
      return Object.fromEntries(
        node.entries.map(({ key, value }) => {
          if (key.kind !== "scalar") throw new TestFault("Keys of a document must be strings.", within.place);
          return [toByteString(key.text), nodeValue(value, within)];
        }),
      );
    default:
      return node.style === "plain" ? plainValue(node.text) : toByteString(node.text);
  }
}

const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["", null],
  ["~", null],
  ["null", null],
  ["true", true],
  ["false", false],
]);

const WHOLE = /^-?(0|[1-9][0-9]*)$/;
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/;

function plainValue(text: string): Json {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!NUMBER.test(text)) return toByteString(text);
  const number = Number(text);
  return WHOLE.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}
