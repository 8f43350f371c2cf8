import { fieldClasses } from "../field/catalogue.ts";
import type { Field } from "../field/field.ts";
import type { Catalogue, CatalogueRow } from "./catalogue.ts";

/** Every field that conditions and outputs can name, without those kept for old rules. */
export function fieldCatalogue(): Catalogue {
  const sections = fieldClasses.map(({ description, fields }) => ({
    title: description,
    rows: fields.filter(({ hidden, deprecated }) => hidden !== true && deprecated !== true).map(row),
  }));
  return { columns: ["Field", "Type", "Description"], sections };
}

function row(field: Field): CatalogueRow {
  const { name, description } = field;
  const marks = marksOf(field);
  const type = field.list ? `list of ${field.type}` : field.type;
  const record = { name, type: field.type, list: field.list, argument: argumentOf(field), marks, description };
  return { name, cells: [name + written(field), type, [description, ...marks].join(" ")], record };
}

function argumentOf({ argument }: Field): "required" | "optional" | undefined {
  return argument === undefined ? undefined : argument.required ? "required" : "optional";
}

function written(field: Field): string {
  const argument = argumentOf(field);
  return argument === undefined ? "" : argument === "required" ? "[…]" : "[[…]]";
}

/** What it can't do, a sentence each. */
function marksOf({ filterOnly, noRight, noTransformer }: Field): string[] {
  return [
    ...(filterOnly ? ["Only in conditions."] : []),
    ...(noRight && noTransformer
      ? ["Not in val() or transformers."]
      : noRight
        ? ["Not in val()."]
        : noTransformer
          ? ["Not in transformers."]
          : []),
  ];
}
