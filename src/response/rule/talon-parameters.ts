/** A parameter of Talon without effect in Eyas. */
export interface TalonParameter {
  /** Why, and what to use: the end of the line that is printed. */
  readonly use: string;
  /** The value that describes what Eyas does; no line is printed for it. */
  readonly same?: string;
}

const allow: TalonParameter = { use: "It has no effect in Talon either. Use allow_cidr and allow_namespaces" };

/**
 * Parameters in rules of Talon without effect in Eyas, by action. The others are parameters of the actions of Eyas. `allow` and
 * `force` are in examples of Talon; its actions do not read them.
 */
export const talonParameters: Readonly<Record<string, Readonly<Record<string, TalonParameter>>>> = {
  "kubernetes:networkpolicy": { allow },
  "calico:networkpolicy": { allow },
  "cilium:networkpolicy": { allow },
  "kubernetes:drain": {
    force: {
      use: "It has no effect in Talon either: pods without an owner are evicted. Use ignore_standalone_pods to keep them",
    },
  },
  "kubernetes:sysdig": {
    image: { use: "Eyas records with its own sensor and starts no container" },
    scope: {
      use: "The capture contains all processes of the machine. Use `container.id` in a condition when it is replayed",
      same: "node",
    },
  },
};

/** A parameter of Talon without effect in Eyas; undefined for others. */
export function talonParameter(action: string, name: string): TalonParameter | undefined {
  const ofAction = Object.hasOwn(talonParameters, action) ? talonParameters[action] : undefined;
  return ofAction !== undefined && Object.hasOwn(ofAction, name) ? ofAction[name] : undefined;
}
