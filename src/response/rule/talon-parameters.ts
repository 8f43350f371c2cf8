/** A Talon parameter that has no effect in Eyas. */
export interface TalonParameter {
  /** Why the parameter has no effect, and what to do instead. Appended to the warning. */
  readonly use: string;
}

const allow: TalonParameter = {
  use: "Talon 0.1 and later also ignore this parameter. Use allow_cidr and allow_namespaces",
};

/**
 * Parameters in Talon rules that have no effect in Eyas, by action. All other parameters are supported. `allow` and
 * `force` occur in Talon's examples, but its actions do not read them.
 */
export const talonParameters: Readonly<Record<string, Readonly<Record<string, TalonParameter>>>> = {
  "kubernetes:networkpolicy": { allow },
  "calico:networkpolicy": { allow },
  "cilium:networkpolicy": { allow },
  "kubernetes:drain": {
    force: {
      use: "This parameter has no effect in Talon either: pods without an owner are evicted. Use ignore_standalone_pods to keep these pods",
    },
  },
  "kubernetes:sysdig": {
    image: { use: "Eyas records with its sensor and starts no container. Remove this parameter" },
  },
};

/** Returns a Talon parameter that has no effect in Eyas; undefined for all other parameters. */
export function talonParameter(action: string, name: string): TalonParameter | undefined {
  const ofAction = Object.hasOwn(talonParameters, action) ? talonParameters[action] : undefined;
  return ofAction !== undefined && Object.hasOwn(ofAction, name) ? ofAction[name] : undefined;
}
