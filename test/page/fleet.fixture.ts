// A page over a stand-in for OpenSearch with the states of machines.
import { standInFleet, type TestFleet } from "../../src/api/store/elasticsearch/fleet.fixture.ts";
import { DIGEST, type StateChanges, stateOf } from "../../src/output/machine-state.fixture.ts";
import type { MachineState } from "../../src/output/machine-state.ts";
import { type Served, serveAlerts } from "./page.fixture.ts";

export const HOSTILE = '<img src=x onerror="alert(1)">\u202e\u0007';
const HOUR = 3600;

const { events, rules } = stateOf(0).eyas;
const iso = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1000).toISOString();
const component = (name: string, state: string, reason: string) => ({ name, state, reason, since: iso(900) });

/** The machines that are not healthy, with their documents' differences. */
const troubled: Readonly<Record<string, StateChanges>> = {
  "node-01": { ago: 3 * HOUR },
  "node-02": { eyas: { health: [component("canary", "failed", "no events arrive from the kernel")] } },
  "node-03": {
    eyas: { events: { ...events, dropped: 1234, dropped_recently: 34, last_dropped: iso(40) } },
  },
  "node-04": { eyas: { backlog: 12_345, output_lag: 95 } },
  "node-05": {
    eyas: {
      health: [component("outputs", "degraded", "slack is rejecting")],
      outputs: [{ name: "slack", state: "rejecting", backlog: 3, lag: 12 }],
    },
  },
  "node-06": { eyas: { health: [component("disk", "degraded", "/var/lib/eyas has less than 256 MiB free")] } },
  "node-07": { ago: 300, eyas: { stopped: true } },
  "node-08": { eyas: { rules: { ...rules, digest: "b".repeat(64), loaded: iso(5 * 24 * HOUR) } } },
  "node-09": { version: "1.1.3" },
  [HOSTILE]: {},
};

/** The documents of a fleet: those of the troubled machines and of four healthy ones, and the history of one. */
function fleetStates(): MachineState[] {
  const names = [...Object.keys(troubled), "node-11", "node-12", "node-13", "node-14"];
  const last = names.map((host, i) => stateOf(i + 1, { host, ...troubled[host] }));
  const dropping = names.indexOf("node-03") + 1;
  const earlier = Array.from({ length: 143 }, (_, i) => {
    const ago = (144 - i) * 600;
    const wave = Math.round(1000 + 800 * Math.sin(i / 12));
    const more = { events: { ...events, rate: wave, dropped_recently: i % 40 === 7 ? 600 : 0 } };
    return stateOf(dropping, { host: "node-03", ago, eyas: { ...more, backlog: i % 30, memory: 1e8 + i * 2e5 } });
  });
  return [...earlier, ...last];
}

/** A page over a fleet, and its store. */
export interface ServedFleet extends Served {
  readonly fleet: TestFleet;
}

export async function serveFleet(): Promise<ServedFleet> {
  const fleet = await standInFleet("opensearch");
  await fleet.writeStates(fleetStates());
  const options = ["web_page.store=opensearch", `outputs.opensearch.hostport=${fleet.settings.keys.hostport}`];
  const served = await serveAlerts([], ...options.flatMap((option) => ["-o", option]));
  return {
    ...served,
    fleet,
    async stop() {
      await served.stop();
      await fleet.close();
    },
  };
}

export { DIGEST };
