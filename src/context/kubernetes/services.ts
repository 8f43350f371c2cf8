import type { JsonObject } from "../../event/document.ts";
import type { KubernetesObject } from "../../machine/pods.ts";
import { objectOf } from "../runtime/oci-spec.ts";
import { labelsOf, objectFrom } from "./pod.ts";

/** A service with a selector. */
export interface Service {
  readonly object: KubernetesObject;
  readonly selector: ReadonlyMap<string, string>;
}

/** Converts a service from the API; undefined if it has no UID, or no selector and therefore no pods. */
export function serviceFrom(facts: JsonObject): Service | undefined {
  const object = objectFrom(facts);
  const selector = labelsOf(objectOf(facts.spec).selector);
  return object === undefined || selector.size === 0 ? undefined : { object, selector };
}
