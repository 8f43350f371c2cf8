import { toByteString } from "../event/bytes.ts";
import { type Field, FieldArgumentError, type Reader } from "./field.ts";
import { jsonText, plainText, pointedAt, pointer } from "./json-value.ts";
import { row, rowWith } from "./row.ts";

const wholeText: Reader = ({ document }) => (document === undefined ? undefined : jsonText(document, 2));
const rawTime: Reader = ({ document, time }) => (document === undefined ? undefined : time.toString());

function valueAt(name: string): (argument: string | undefined) => Reader {
  return (argument) => {
    if (argument === undefined) {
      throw new FieldArgumentError(`${name} requires a JSON pointer, for example ${name}[/user/name].`);
    }
    const steps = pointer(toByteString(argument));
    return ({ document }) => {
      if (document === undefined) return undefined;
      const found = pointedAt(document, steps);
      return found === undefined ? undefined : plainText(found);
    };
  };
}

/** Fields that the configuration of the source maps. */
const mappedFields: readonly Field[] = [
  row("json.host", "CHARBUF", ({ host }) => host, "The host of the document, mapped by `sources.json.NAME.host`."),
  row("json.kind", "CHARBUF", ({ kind }) => kind, "The kind of the document, mapped by `sources.json.NAME.kind`."),
];

/** Fields of all documents. Names with the prefix `jevt` are for older rules. */
export const jsonFields: readonly Field[] = [...["json", "jevt"].flatMap(documentFields), ...mappedFields];

function documentFields(prefix: string): readonly Field[] {
  const same = prefix === "json" ? "" : ` The same as json.`;
  const also = (name: string): string => (same === "" ? "" : `${same}${name}.`);
  const value = `${prefix}.value`;
  const roles = prefix === "jevt" ? ({ unsafeNa: true } as const) : {};
  return [
    rowWith(
      value,
      "CHARBUF",
      valueAt(value),
      `The value at a JSON pointer: ${value}[/user/groups/0]. Strings are unchanged; other values are JSON.${also("value")}`,
      { argument: { required: true, index: false, key: true }, ...roles },
    ),
    row(`${prefix}.obj`, "CHARBUF", wholeText, `The whole document as indented JSON.${also("obj")}`, roles),
    row(`${prefix}.rawtime`, "CHARBUF", rawTime, `Nanoseconds since the epoch, as text.${also("rawtime")}`, roles),
  ];
}
