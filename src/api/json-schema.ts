/** The part of JSON Schema (2020-12, as OpenAPI 3.1 has it) that this API describes itself with. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** What properties that are not named hold; false: there are none. */
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly enum?: readonly (string | null)[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

export const text = (description = "", more: Partial<Schema> = {}): Schema => ({
  type: "string",
  ...(description && { description }),
  ...more,
});
export const number = (description = ""): Schema => ({ type: "number", ...(description && { description }) });
export const whole = (description = "", more: Partial<Schema> = {}): Schema => ({
  type: "integer",
  ...(description && { description }),
  ...more,
});
export const flag = (description = ""): Schema => ({ type: "boolean", ...(description && { description }) });
export const list = (items: Schema, more: Partial<Schema> = {}): Schema => ({ type: "array", items, ...more });
export const either = (...oneOf: readonly Schema[]): Schema => ({ oneOf });
export const orNull = (schema: Schema): Schema => ({ oneOf: [schema, { type: "null" }] });
export const oneOf = (...words: readonly string[]): Schema => ({ type: "string", enum: words });
export const named = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const record = (values: Schema): Schema => ({ type: "object", additionalProperties: values });

/** An object with these properties and no others; those whose name ends with `?` may be missing. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  const all = Object.entries(properties);
  const plain = (name: string): string => name.replace(/\?$/, "");
  return {
    type: "object",
    properties: Object.fromEntries(all.map(([name, schema]) => [plain(name), schema])),
    required: all.map(([name]) => name).filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  };
}

/** Several objects in one. */
export function joined(...schemas: readonly Schema[]): Schema {
  return {
    type: "object",
    properties: Object.assign({}, ...schemas.map(({ properties }) => properties)),
    required: [...new Set(schemas.flatMap(({ required = [] }) => required))],
    additionalProperties: false,
  };
}

/**
 * What is wrong with a value, in a phrase that begins with its place; undefined where nothing is.
 * @param known schemas by name, for references
 */
export function mistakeIn(
  value: unknown,
  schema: Schema,
  known: Readonly<Record<string, Schema>> = {},
  place = "it",
): string | undefined {
  const { $ref } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    return Object.hasOwn(known, name)
      ? mistakeIn(value, known[name], known, place)
      : `${place} is described by ${$ref}, which is missing`;
  }
  if (schema.oneOf !== undefined) {
    const mistakes = schema.oneOf.map((one) => mistakeIn(value, one, known, place));
    return mistakes.includes(undefined) ? undefined : mistakes.join("; or ");
  }
  if (schema.type !== undefined && !isOfType(value, schema.type)) return `${place} is no ${schema.type}`;
  if (typeof value === "string") return mistakeInText(value, schema, place);
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum) return `${place} is less than ${schema.minimum}`;
    return schema.maximum !== undefined && value > schema.maximum
      ? `${place} is more than ${schema.maximum}`
      : undefined;
  }
  if (Array.isArray(value)) {
    if (value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY))
      return `${place} has more than ${schema.maxItems} items`;
    return first(value, (each, i) => schema.items && mistakeIn(each, schema.items, known, `${place}[${i}]`));
  }
  return isObject(value) ? mistakeInObject(value, schema, known, place) : undefined;
}

function mistakeInText(value: string, schema: Schema, place: string): string | undefined {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return `${place} is none of ${schema.enum.join(", ")}`;
  if (value.length > (schema.maxLength ?? Number.POSITIVE_INFINITY))
    return `${place} has more than ${schema.maxLength} characters`;
  if (value.length < (schema.minLength ?? 0)) return `${place} is too short`;
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value))
    return `${place} is not like ${schema.pattern}`;
  return undefined;
}

function mistakeInObject(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, required = [], additionalProperties: others }: Schema,
  known: Readonly<Record<string, Schema>>,
  place: string,
): string | undefined {
  const missing = required.find((name) => value[name] === undefined);
  if (missing !== undefined) return `${place} lacks ${missing}`;
  return first(Object.entries(value), ([name, each]) => {
    if (each === undefined) return undefined;
    const schema = Object.hasOwn(properties, name) ? properties[name] : others;
    if (schema === false) return `${place} has ${JSON.stringify(name.slice(0, 40))}, which is not known`;
    return schema && mistakeIn(each, schema, known, `${place}.${name}`);
  });
}

function isOfType(value: unknown, type: NonNullable<Schema["type"]>): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  if (type === "number") return typeof value === "number" && Number.isFinite(value);
  if (type === "object") return isObject(value);
  return typeof value === type;
}

/** Whether a value is an object, neither null nor a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first<T>(items: readonly T[], find: (item: T, i: number) => string | undefined): string | undefined {
  for (const [i, item] of items.entries()) {
    const found = find(item, i);
    if (found !== undefined) return found;
  }
  return undefined;
}
