import type { ComponentStatus, OutputStatus, SourceStatus, Status } from "../../api/agent-view.ts";
import { version } from "../home.ts";
import { processBegan } from "../metrics/fill.ts";
import { observeHealth } from "../metrics/session-health.ts";
import type { MetricsInput } from "../metrics/state.ts";
import { usersText } from "../responses/response-alerts.ts";

/** Reports the status of the agent. */
export interface StatusReporter {
  now(observed: MetricsInput | undefined): Status;
  /** Mean evaluation time by rule name, in nanoseconds. Empty if it is not measured. */
  costs(observed: MetricsInput | undefined): ReadonlyMap<string, number>;
}

/** Creates a status reporter for this machine. @param clock returns milliseconds since the epoch */
export function statusReporter(hostname: string, clock: () => number = Date.now): StatusReporter {
  const before = new Map<string, { readonly events: number; readonly at: number }>();

  /** Mean number of events per second since the last call with this name. */
  function rate(name: string, events: number): number {
    const at = clock();
    const last = before.get(name);
    before.set(name, { events, at });
    if (last === undefined || at <= last.at || events < last.events) return 0;
    return Math.round(((events - last.events) * 1000) / (at - last.at));
  }

  function sources({ sources: evaluated, session }: MetricsInput): SourceStatus[] {
    const lost = session.live?.counts();
    return evaluated
      .filter(({ stream, engine }) => stream !== undefined || session.live !== undefined || engine.events > 0)
      .map(({ source, engine, lag, stream }) => {
        const trouble = stream?.feeds.find((feed) => feed.trouble !== undefined)?.trouble;
        const drops =
          stream === undefined && lost !== undefined
            ? lost.ringFull + lost.tooLarge + lost.scratchBusy + lost.noRing
            : (stream?.feeds ?? []).reduce(
                (sum, { refused }) => sum + [...refused.values()].reduce((a, b) => a + b, 0),
                0,
              );
        return {
          name: source,
          events: engine.events,
          rate: rate(source, engine.events),
          lag: lag?.lag() ?? null,
          drops,
          state: trouble === undefined ? "up" : `down: ${trouble}`,
        };
      });
  }

  function outputs({ session }: MetricsInput): OutputStatus[] {
    return session.delivery.outputs().map(({ name, delivered, rejected, lost, retries, waiting, first }) => {
      const lag = first === undefined ? 0 : Math.max(0, clock() - Number(first / 1_000_000n)) / 1000;
      return {
        name,
        state: waiting > 0 && lag > MAX_LAG ? "behind" : "up",
        waiting,
        lag,
        delivered,
        retried: retries,
        refused: rejected,
        lost,
      };
    });
  }

  function health({ health: states, session }: MetricsInput): ComponentStatus[] {
    observeHealth(states, session);
    return states
      .entries()
      .map(([name, { state, reason, since }]) => ({ name, state, reason, since: new Date(since).toISOString() }));
  }

  return {
    now(observed) {
      const common = { version: version(), hostname, started: new Date(processBegan).toISOString() };
      if (observed === undefined)
        return {
          ...common,
          watching: false,
          health: [],
          sources: [],
          outputs: [],
          exhausted: [],
          rules: { loaded: 0, warnings: 0 },
        };
      const { sources: evaluated } = observed;
      return {
        ...common,
        watching: true,
        health: health(observed),
        sources: sources(observed),
        outputs: outputs(observed),
        exhausted: (observed.session.responses?.counts()?.exhausted ?? []).map(({ of, until, users }) => ({
          budget: of,
          until: new Date(until).toISOString(),
          users: usersText(users),
        })),
        rules: {
          loaded: evaluated.reduce((sum, { rules }) => sum + rules.length, 0),
          warnings: observed.active.warnings,
        },
      };
    },
    costs: (observed) =>
      new Map(
        (observed?.sources ?? []).flatMap(({ times }) =>
          (times?.rules ?? [])
            .filter(({ samples }) => samples > 0)
            .map(({ rule, samples, seconds }) => [rule.name, Math.round((seconds / samples) * 1e9)] as const),
        ),
      ),
  };
}

/** Maximum lag of a healthy output, in seconds. */
const MAX_LAG = 60;
