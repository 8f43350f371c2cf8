import type { Field } from "../../field/field.ts";
import { type Roles, roleNames } from "../../field/role.ts";
import { rolesOf } from "../../field/roles.ts";
import { classesOfSource, knownSources, SYSCALL } from "../../field/sources.ts";
import type { Catalogue, CatalogueRow } from "./catalogue.ts";

/**
 * Lists the fields that conditions and outputs can use, without hidden and deprecated fields.
 * @param source the source of the events; undefined: all sources, named in the section titles
 */
export async function fieldCatalogue(source?: string): Promise<Catalogue> {
  const sections = new Map<string, { fields: readonly Field[]; sources: string[] }>();
  for (const one of source === undefined ? knownSources : [source]) {
    for (const { description, fields } of await classesOfSource(one)) {
      const section = sections.get(description);
      if (section === undefined) sections.set(description, { fields, sources: [one] });
      else section.sources.push(one);
    }
  }
  return {
    columns: ["Field", "Type", "Description"],
    sections: [...sections].map(([description, { fields, sources }]) => ({
      title:
        source !== undefined || sources.join() === SYSCALL ? description : `${description} (${sources.join(", ")})`,
      rows: fields
        .filter(({ hidden, deprecated }) => hidden !== true && deprecated === undefined)
        .map((field) => row(field, sources)),
    })),
  };
}

function row(field: Field, sources: readonly string[]): CatalogueRow {
  const { name, description } = field;
  const marks = marksOf(field);
  const type = field.list ? `list of ${field.type}` : field.type;
  const roles = rolesOf(name);
  const record = {
    ...{ name, type: field.type, list: field.list, argument: argumentOf(field), marks, description, sources },
    roles,
  };
  const notes = rolesText(roles);
  return {
    ...{ name, cells: [name + written(field), type, [description, ...marks].join(" ")], record },
    ...(notes !== "" && { notes }),
  };
}

/** Formats the roles of a field, such as `Roles: about pod; as name; label.` */
function rolesText(roles: Roles): string {
  const stated = roleNames.flatMap((name) => {
    const value = roles[name];
    if (value === undefined) return [];
    return value === true ? [name] : [`${name} ${roleValue(value)}`];
  });
  return stated.length === 0 ? "" : `Roles: ${stated.join("; ")}.`;
}

function roleValue(value: string | number | object): string {
  if (typeof value !== "object") return String(value);
  return (Array.isArray(value) ? value : Object.keys(value)).join(", ");
}

function argumentOf({ argument }: Field): "required" | "optional" | undefined {
  return argument === undefined ? undefined : argument.required ? "required" : "optional";
}

function written(field: Field): string {
  const argument = argumentOf(field);
  return argument === undefined ? "" : argument === "required" ? "[…]" : "[[…]]";
}

/** Returns the restrictions of a field, one sentence each. */
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
