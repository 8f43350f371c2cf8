import type { MachineState } from "./machine-state.ts";

/** Changes of a state in tests. Any value is allowed, because other programs can write documents. */
export interface StateChanges {
  /** Seconds before the present. */
  readonly ago?: number;
  readonly id?: unknown;
  readonly host?: unknown;
  readonly version?: unknown;
  readonly eyas?: Readonly<Record<string, unknown>>;
}

export const DIGEST = "a".repeat(64);

/** The state of a healthy machine, with changes. */
export function stateOf(number: number, { ago = 0, id, host, version, eyas = {} }: StateChanges = {}): MachineState {
  const now = Date.now() - ago * 1000;
  const iso = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
  const state = {
    "@timestamp": iso(0),
    host: { name: host ?? `node-${number}`, architecture: "x86_64", os: { kernel: "6.12.9-amd64" } },
    agent: { id: id ?? number.toString(16).padStart(32, "0"), type: "eyas", version: version ?? "1.2.0" },
    eyas: {
      ...{ started: iso(7200), uptime: 7200, stopped: false, sensor: "ok" },
      health: [{ name: "sensor", state: "ok", reason: "", since: iso(7200) }],
      rules: { digest: DIGEST, files: "syscall.yaml", number: 90, loaded: iso(7200) },
      events: { rate: 1500.5, total: 1_000_000, dropped: 0, dropped_recently: 0, last_dropped: null, lag: 0.01 },
      outputs: [{ name: "opensearch", state: "up to date", backlog: 0, lag: 0 }],
      ...{ backlog: 0, output_lag: 0, memory: 120_000_000, cpu: 1.5 },
      ...{ last_error: null, last_canary: iso(2), last_alert: iso(600) },
      ...eyas,
    },
  };
  return state as unknown as MachineState; // changes may be invalid on purpose
}
