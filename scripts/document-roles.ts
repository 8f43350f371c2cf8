import type { FieldClass } from "../src/field/catalogue.ts";
import type { Field } from "../src/field/field.ts";
import { type Roles, roleNames } from "../src/field/role.ts";
import { classesOfSource, knownSources } from "../src/field/sources.ts";

/** The roles that a row has, those of its class where it states none. */
function rolesIn(field: Field, defaults: Roles = {}): Roles {
  const stated = roleNames.map((name) => [name, field[name] ?? defaults[name]] as const);
  return Object.fromEntries(stated.filter(([, value]) => value !== undefined));
}

/** Each class once, those of system calls first. */
async function allClasses(): Promise<readonly FieldClass[]> {
  const classes = await Promise.all(knownSources.map((source) => classesOfSource(source)));
  return classes.flat();
}

/** `src/field/roles-table.ts`: the roles of all rows without the readers, for threads and pages that read no events. */
export async function rolesTable(): Promise<string> {
  const table = new Map<string, Roles>();
  const dotted = new Set<string>();
  for (const { fields, roles } of await allClasses()) {
    for (const field of fields) {
      const { name, argument } = field;
      if (argument?.dot !== undefined) dotted.add(name);
      if (!table.has(name)) table.set(name, rolesIn(field, roles));
    }
  }
  const lines = [...table]
    .filter(([, roles]) => Object.keys(roles).length > 0)
    .map(([name, roles]) => `  "${name}": ${JSON.stringify(roles)},\n`);
  return `// Written by \`npm run docs\` from the rows of the fields: change the row instead.
import type { Roles } from "./role.ts";

/** The roles of each field that has any. */
export const roles: Readonly<Record<string, Roles>> = {
${lines.join("")}};

/** The fields whose argument may stand behind a dot. */
export const dotted: readonly string[] = ${JSON.stringify([...dotted])};
`;
}
