import type { JsonSchema } from "../../src/setting/shape.ts";

/** A value of the chart. */
export interface Value {
  /** One or two sentences for values.yaml, the schema and docs/helm.md. */
  readonly about: string;
  readonly fallback: unknown;
  readonly schema: JsonSchema;
}

/** Values by name; a nested object is a section. */
export interface Values {
  readonly [name: string]: Value | Values;
}

export function isValue(each: Value | Values): each is Value {
  return typeof each.about === "string";
}

export const yesOrNo: JsonSchema = { type: "boolean" };
export const text: JsonSchema = { type: "string" };
/** A map of keys to text, such as labels. */
export const texts: JsonSchema = { type: "object", additionalProperties: text };
/** A Kubernetes object, which the API server validates. */
export const object: JsonSchema = { type: "object" };
export const objects: JsonSchema = { type: "array", items: object };

const DNS_NAME = "[a-z0-9]([-a-z0-9.]*[a-z0-9])?";
/** The name of a Kubernetes object. */
export const objectName: JsonSchema = { type: "string", pattern: `^${DNS_NAME}$`, maxLength: 253 };
export const optionalName: JsonSchema = { type: "string", pattern: `^(${DNS_NAME})?$`, maxLength: 253 };
export const names: JsonSchema = { type: "array", items: objectName, uniqueItems: true };

const quantity: JsonSchema = { type: ["string", "number"], pattern: "^[0-9]+(\\.[0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?$" };
const quantities: JsonSchema = { type: "object", additionalProperties: quantity };
export const resources: JsonSchema = {
  type: "object",
  additionalProperties: false,
  properties: { requests: quantities, limits: quantities },
};

/** Environment variables from Kubernetes Secrets. Plain values are not allowed. */
export const environment: JsonSchema = {
  type: "object",
  additionalProperties: false,
  // propertyNames would make helm report a wrong path.
  patternProperties: {
    "^[A-Za-z_][A-Za-z0-9_]*$": {
      type: "object",
      required: ["secret", "key"],
      additionalProperties: false,
      properties: { secret: objectName, key: { type: "string", minLength: 1 } },
    },
  },
};
