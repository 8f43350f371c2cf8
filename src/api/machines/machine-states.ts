interface StateKind {
  /** Severity of the state: `bad` requires action, `warn` requires attention. */
  readonly level: "bad" | "warn" | "good";
  readonly about: string;
}

/** States of a machine, most severe first. The first state that applies is shown. */
export const machineStates = {
  silent: { level: "bad", about: "No document has arrived for 2 minutes, and the agent did not report a shutdown." },
  blind: { level: "bad", about: "The sensor or its canary has failed, so events do not arrive." },
  dropping: { level: "bad", about: "The kernel dropped events in the last 5 minutes." },
  behind: {
    level: "bad",
    about:
      "Events are evaluated more than 30 s late, an output is a minute late, or an output has a backlog of 10,000 alerts.",
  },
  "failing outputs": { level: "bad", about: "An output rejects alerts, or fails and is late." },
  degraded: { level: "warn", about: "Another component of the agent's health is not ok." },
  "clock ahead": {
    level: "warn",
    about:
      "Documents have a time more than a minute ahead of the clock of the machine that serves the web UI; silence may not be detected.",
  },
  stopped: { level: "warn", about: "The agent was shut down normally, for example for an update." },
  "old rules": {
    level: "warn",
    about: "The rules differ from those of most running machines with rule files of the same names.",
  },
  "old version": { level: "warn", about: "Another running machine has a higher version." },
  unknown: {
    level: "good",
    about:
      "Alerts of the machine arrive, but its state is unknown, because the web UI does not read the store of a fleet.",
  },
  healthy: { level: "good", about: "None of the other states applies." },
} as const satisfies Readonly<Record<string, StateKind>>;

export type MachineStateName = keyof typeof machineStates;

/** All states, most severe first. */
export const machineStateNames = Object.keys(machineStates).filter((name): name is MachineStateName =>
  Object.hasOwn(machineStates, name),
);
