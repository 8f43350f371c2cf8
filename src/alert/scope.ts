import { allNameFields, nameFields } from "../field/roles.ts";
import { type Priority, priorities } from "../rule/rule.ts";

/**
 * The alerts of a group that a user's request covers. A scope is necessary because a group contains alerts of all
 * machines and namespaces, and an attacker can add alerts to a group by choosing the name of a container or program.
 */
export interface Scope {
  readonly hostname: string;
  /** Whether the alerts, including their host name, were received from another installation. */
  readonly received: boolean;
  /** Whether the alerts are about a process in a container. */
  readonly contained: boolean;
  /** Kubernetes namespace; empty if the alerts have no namespace. */
  readonly namespace: string;
  /** Container image; empty if the alerts have no image. */
  readonly image: string;
  /** The most severe priority. */
  readonly priority: Priority;
}

/** The properties of an alert, other than fields, that belong to its scope. */
interface Origin {
  readonly hostname: string;
  readonly priority: Priority;
  readonly received?: boolean;
}

const NAMESPACES = allNameFields("namespace");
const IMAGES = [...nameFields("image"), "container.image", "container.image.id"];
/** Maximum number of characters of a host name, a namespace or an image in a scope. */
const MAX_NAME = 4000;

/**
 * The scope of requests about the group of an alert.
 * @param field returns the value of a field as text; undefined or "" if it is missing
 */
export function scopeOf(
  { hostname, priority, received = false }: Origin,
  field: (name: string) => string | undefined,
): Scope {
  const first = (names: readonly string[]): string => {
    for (const name of names) {
      const value = field(name) ?? "";
      if (value !== "") return value;
    }
    return "";
  };
  const container = first(["container.id"]);
  return {
    ...{ hostname, received, contained: container !== "" && container !== "host" },
    ...{ namespace: first(NAMESPACES), image: first(IMAGES), priority },
  };
}

/** The scope of an alert of the API. See {@link scopeOf}. */
export function scopeInFields(alert: Origin & { readonly fields: Readonly<Record<string, unknown>> }): Scope {
  return scopeOf(alert, (name) => {
    const value = Object.hasOwn(alert.fields, name) ? alert.fields[name] : undefined;
    return typeof value === "string" ? value : value === null ? undefined : JSON.stringify(value);
  });
}

/** Whether a scope covers an alert that has the scope `own`. */
export function covers(scope: Scope, own: Scope): boolean {
  return (
    own.hostname === scope.hostname &&
    own.received === scope.received &&
    own.contained === scope.contained &&
    own.namespace === scope.namespace &&
    own.image === scope.image &&
    priorities.indexOf(own.priority) >= priorities.indexOf(scope.priority)
  );
}

/** Whether the names of a scope are short enough to store. Names in received alerts can have any length. */
export function isStorable({ hostname, namespace, image }: Scope): boolean {
  return [hostname, namespace, image].every(({ length }) => length <= MAX_NAME);
}

/** Reads a scope that is stored as JSON; undefined if the text is empty or invalid. */
export function readScope(text: string): Scope | undefined {
  if (text === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isScope(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isScope(value: unknown): value is Scope {
  if (typeof value !== "object" || value === null) return false;
  const { hostname, received, contained, namespace, image, priority }: Partial<Record<keyof Scope, unknown>> = value;
  return (
    [hostname, namespace, image].every((name) => typeof name === "string") &&
    [received, contained].every((flag) => typeof flag === "boolean") &&
    priorities.some((each) => each === priority)
  );
}
