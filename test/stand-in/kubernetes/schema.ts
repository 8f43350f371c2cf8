import * as models from "@kubernetes/client-node/dist/gen/models/all.js";
import { factsOf } from "../../../src/transport/json.ts";

/** Types of the keys of an object, as in the schema of Kubernetes (`V1PodSpec`, `Array<string>`). */
type Shape = Readonly<Record<string, string>>;

/** Custom resources of other projects, reduced to the keys that responses write. */
const custom: Readonly<Record<string, Shape>> = {
  CustomObject: { apiVersion: "string", kind: "string", metadata: "V1ObjectMeta", spec: "any" },
  CalicoPolicy: { apiVersion: "string", kind: "string", metadata: "V1ObjectMeta", spec: "CalicoSpec" },
  CalicoSpec: {
    order: "number",
    selector: "string",
    types: "Array<string>",
    ingress: "Array<CalicoRule>",
    egress: "Array<CalicoRule>",
    tier: "string",
  },
  CalicoRule: { action: "string", destination: "CalicoEntity", source: "CalicoEntity", protocol: "string" },
  CalicoEntity: { nets: "Array<string>", namespaceSelector: "string", selector: "string" },
  CiliumPolicy: { apiVersion: "string", kind: "string", metadata: "V1ObjectMeta", spec: "CiliumRule" },
  CiliumRule: {
    description: "string",
    endpointSelector: "V1LabelSelector",
    egress: "Array<CiliumEgress>",
    egressDeny: "Array<CiliumEgress>",
    ingress: "Array<CiliumIngress>",
    ingressDeny: "Array<CiliumIngress>",
  },
  CiliumEgress: { toCIDR: "Array<string>", toEndpoints: "Array<V1LabelSelector>", toEntities: "Array<string>" },
  CiliumIngress: { fromCIDR: "Array<string>", fromEndpoints: "Array<V1LabelSelector>", fromEntities: "Array<string>" },
};

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

const generated = new Map<string, Model>(
  Object.entries(models).flatMap(([name, model]) => (hasShape(model) ? [[name, model]] : [])),
);

function hasShape(value: unknown): value is Model {
  return typeof value === "function" && "getAttributeTypeMap" in value;
}

function shapeOf(type: string): Shape | undefined {
  if (Object.hasOwn(custom, type)) return custom[type];
  const model = generated.get(type);
  return model && Object.fromEntries(model.getAttributeTypeMap().map((each) => [each.baseName, each.type]));
}

/** Returns the errors of a value, one line each: unknown keys and wrong types. */
export function wrongWith(value: unknown, type: string, at = ""): string[] {
  if (value === null || value === undefined) return [];
  const expected = (isRight: boolean): string[] => (isRight ? [] : [`${at}: must be ${type}`]);
  if (type === "string" || type === "number" || type === "boolean") return expected(typeof value === type);
  if (type === "IntOrString") return expected(typeof value === "string" || typeof value === "number");
  if (type === "Date" || type === "V1MicroTime")
    return expected(typeof value === "string" && !Number.isNaN(Date.parse(value)));
  if (type === "any" || type === "object") return [];
  const [, list] = /^Array<(.*)>$/.exec(type) ?? [];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${at}: must be a list`];
    return value.flatMap((each, i) => wrongWith(each, list, `${at}[${i}]`));
  }
  if (typeof value !== "object" || Array.isArray(value)) return [`${at}: must be an object`];
  const [, map] = /^\{ \[key: string\]: (.*); \}$/.exec(type) ?? [];
  const shape = shapeOf(type);
  if (map === undefined && shape === undefined) throw new Error(`no description of ${type}`);
  return Object.entries(factsOf(value)).flatMap(([key, each]) => {
    if (map !== undefined) return wrongWith(each, map, `${at}.${key}`);
    if (!Object.hasOwn(shape ?? {}, key)) return [`unknown field "${at}.${key}"`];
    return wrongWith(each, shape?.[key] ?? "", `${at}.${key}`);
  });
}
