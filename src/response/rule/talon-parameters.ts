/** A parameter of Talon without effect in Eyas. */
export interface TalonParameter {
  /** Why, and what to use: the end of the line that is printed. */
  readonly use: string;
}

const allow: TalonParameter = {
  use: "It is the name of allow_cidr before Talon 0.1; later versions ignore it too. Use allow_cidr and allow_namespaces",
};

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
    image: { use: "Eyas records with its own sensor and starts no container. Remove it" },
  },
};

/** A parameter of Talon without effect in Eyas; undefined for others. */
export function talonParameter(action: string, name: string): TalonParameter | undefined {
  const ofAction = Object.hasOwn(talonParameters, action) ? talonParameters[action] : undefined;
  return ofAction !== undefined && Object.hasOwn(ofAction, name) ? ofAction[name] : undefined;
}
