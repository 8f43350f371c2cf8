import { isObject, type Json, type JsonObject } from "../../event/document.ts";
import { parseJsonText } from "../../event/json-text.ts";
import type { Probe, ProbeKind } from "../../machine/container-info.ts";
import { listOf, objectOf, textOf } from "./oci-spec.ts";

const kinds: readonly (readonly [key: string, kind: ProbeKind])[] = [
  ["livenessProbe", "liveness"],
  ["readinessProbe", "readiness"],
];

/**
 * Returns the exec probes of a container from the annotation that `kubectl apply` sets on its pod. Container runtimes
 * have no information about probes.
 */
export function probesOf(annotations: JsonObject, labels: ReadonlyMap<string, string>): Probe[] {
  const applied = textOf(annotations["kubectl.kubernetes.io/last-applied-configuration"]);
  const name = labels.get("io.kubernetes.container.name");
  if (applied === "" || name === undefined) return [];
  const containers = listOf(objectOf(parsed(applied).spec).containers).filter(isObject);
  const own = containers.find((each) => each.name === name) ?? {};
  return kinds.flatMap(([key, kind]) => probeOf(objectOf(objectOf(own[key]).exec).command, kind));
}

/** Converts the command of an exec probe; returns an empty list if there is no command. */
export function probeOf(command: Json | undefined, kind: ProbeKind): Probe[] {
  const [exe, ...args] = listOf(command).filter((each) => typeof each === "string");
  return exe === undefined ? [] : [{ kind, exe, args }];
}

function parsed(text: string): JsonObject {
  try {
    return objectOf(parseJsonText(text));
  } catch {
    return {};
  }
}
