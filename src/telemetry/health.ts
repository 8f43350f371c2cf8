/**
 * State of a component. `degraded`: the component works only partially, or has failed in a way that a restart would not
 * fix; `failed`: the component does not work.
 */
export type HealthState = "ok" | "degraded" | "failed";

interface ComponentKind {
  /** Whether the health of the agent is `failed` if the component has failed. */
  readonly critical: boolean;
  readonly help: string;
}

/**
 * Components with a health state, as shown in `/healthz?verbose`, the metric `eyas_component_health` and
 * docs/health.md.
 */
export const healthComponents = {
  sensor: { critical: true, help: "The probe is attached, and its maps have the values that the agent wrote." },
  canary: {
    critical: true,
    help: "System calls that the agent makes at random times reach the engine, and a test record for each reaches the journal.",
  },
  engine: { critical: false, help: "The engine runs, and the kernel drops no events." },
  journal: { critical: true, help: "Alerts are written to the journal." },
  disk: { critical: false, help: "The file system of the journal has free space." },
  outputs: { critical: false, help: "Every output accepts alerts." },
  memory: {
    critical: false,
    help: "The memory limit is sufficient for the program and its configuration (docs/small-memory.md).",
  },
  rules: {
    critical: false,
    help: "The EyasRules resources of the cluster are watched, and each is loaded (docs/rule-resources.md).",
  },
  sources: { critical: false, help: "Every origin of a document source delivers events." },
} as const satisfies Readonly<Record<string, ComponentKind>>;

export type HealthComponent = keyof typeof healthComponents;

/** The state of a component. `reason` is empty for `ok`, otherwise a sentence without a period. */
export interface ComponentHealth {
  readonly state: HealthState;
  readonly reason: string;
  /** Time of the last change of the state, in milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Called when the state of a component changes. Not called if the first state of a component is `ok`, or if only the
 * reason changes.
 */
export type HealthChanged = (component: HealthComponent, now: ComponentHealth) => void;

/** Health of the agent's components. Components that the configuration does not enable have no state. */
export class Health {
  private readonly states = new Map<HealthComponent, ComponentHealth>();
  private readonly changed: HealthChanged;
  private readonly clock: () => number;

  /** @param clock returns milliseconds since the epoch */
  constructor(changed: HealthChanged = () => {}, clock: () => number = Date.now) {
    this.changed = changed;
    this.clock = clock;
  }

  /** Sets the state of a component. Setting the same state again is cheap. */
  set(component: HealthComponent, state: HealthState, reason = ""): void {
    const before = this.states.get(component);
    if (before?.state === state && before.reason === reason) return;
    const since = before?.state === state ? before.since : this.clock();
    const now = { state, reason, since };
    this.states.set(component, now);
    if (before?.state !== state && (before !== undefined || state !== "ok")) this.changed(component, now);
  }

  /** Removes a component that is no longer configured. */
  remove(component: HealthComponent): void {
    this.states.delete(component);
  }

  get(component: HealthComponent): ComponentHealth | undefined {
    return this.states.get(component);
  }

  /** Returns the states of components, in the order of {@link healthComponents}. */
  entries(): readonly (readonly [HealthComponent, ComponentHealth])[] {
    return componentNames.flatMap((name) => {
      const state = this.states.get(name);
      return state === undefined ? [] : [[name, state] as const];
    });
  }

  /** Returns `failed` if a critical component has failed, otherwise `degraded` if any component is not `ok`. */
  overall(considered: readonly HealthComponent[] = componentNames): HealthState {
    let overall: HealthState = "ok";
    for (const name of considered) {
      const state = this.states.get(name)?.state ?? "ok";
      if (state === "failed" && healthComponents[name].critical) return "failed";
      if (state !== "ok") overall = "degraded";
    }
    return overall;
  }
}

/** All components, in the order of the table. */
export const componentNames = Object.keys(healthComponents).filter((name): name is HealthComponent =>
  Object.hasOwn(healthComponents, name),
);
