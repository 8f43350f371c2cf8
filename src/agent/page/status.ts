import type {
  ComponentStatus,
  OutputStatus,
  RuleFigure,
  RuleFigures,
  SourceStatus,
  Status,
} from "../../api/agent-view.ts";
import { lagOf, outputState } from "../../output/state.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { version } from "../home.ts";
import { processBegan } from "../metrics/fill.ts";
import { observeHealth } from "../metrics/session-health.ts";
import type { EvaluatedSource, MetricsInput } from "../metrics/state.ts";
import { usersText } from "../responses/response-alerts.ts";
import { Deliveries } from "./deliveries.ts";

/** Reports the status of the agent. */
export interface StatusReporter {
  now(observed: MetricsInput | undefined): Status;
  /** Counters and measured times of rules, by name. */
  ruleFigures(observed: MetricsInput | undefined): RuleFigures;
}

/** Creates a status reporter for this machine. @param clock returns milliseconds since the epoch */
export function statusReporter(hostname: string, clock: () => number = Date.now): StatusReporter {
  const deliveries = new Deliveries();
  const before = new Map<string, { readonly events: number; readonly at: number }>();

  /** Mean number of events per second since the last call with this name. */
  function rate(name: string, events: number): number {
    const at = clock();
    const last = before.get(name);
    before.set(name, { events, at });
    if (last === undefined || at <= last.at || events < last.events) return 0;
    return Math.round(((events - last.events) * 1000) / (at - last.at));
  }

  function sources(observed: MetricsInput): SourceStatus[] {
    return [...eventSources(observed), ...intake(observed, rate)];
  }

  function eventSources({ sources: evaluated, session }: MetricsInput): SourceStatus[] {
    const lost = session.live?.counts();
    return evaluated
      .filter(({ stream, engine }) => stream !== undefined || session.live !== undefined || engine.events > 0)
      .map(({ source, engine, lag, stream }) => {
        const trouble = stream?.feeds.find((feed) => feed.trouble !== undefined)?.trouble;
        const drops =
          stream === undefined && lost !== undefined
            ? lost.lost
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
    const all = session.delivery.outputs(); // includes outputs that a reload has disabled
    const at = clock();
    deliveries.keepOnly(all.map(({ name }) => name));
    return all.map((output) => {
      const { name, delivered, rejected, lost, retries, waiting, first } = output;
      const lag = lagOf(first, at);
      const state = outputState({ ...output, lag });
      return {
        ...{ name, state, waiting, lag, delivered },
        since: new Date(deliveries.since(name, state, at)).toISOString(),
        rate: deliveries.rate(name, delivered, at),
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
          dryRun: false,
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
        dryRun: observed.active.config.responses.dry_run,
        rules: {
          loaded: evaluated.reduce((sum, { rules }) => sum + rules.length, 0),
          warnings: observed.active.warnings,
        },
      };
    },
    ruleFigures: (observed) => new Map((observed?.sources ?? []).flatMap(figuresOf)),
  };
}

function figuresOf({ engine, rules, times }: EvaluatedSource): (readonly [string, RuleFigure])[] {
  const costs = (times?.rules ?? [])
    .filter(({ samples }) => samples > 0)
    .map(({ rule, samples, seconds }) => [rule, { nanoseconds: Math.round((seconds / samples) * 1e9) }] as const);
  const figures = new Map<LoadedRule, RuleFigure>(costs);
  for (const [i, rule] of rules.entries())
    if (i >= engine.raising) figures.set(rule, { ...figures.get(rule), matches: engine.matches[i] ?? 0 });
  return [...figures].map(([{ name }, figure]) => [name, figure]);
}

/** Name of the listener for alerts from other installations. */
const INTAKE = "alert_intake";

/** The listener for alerts from other installations, if it is enabled. */
function intake({ session, active }: MetricsInput, rate: (name: string, alerts: number) => number): SourceStatus[] {
  if (!active.config.alert_intake.enabled) return [];
  const isOpen = session.listeners?.().some(({ listener }) => listener === INTAKE) ?? false;
  const outcomes = [...(session.received?.() ?? [])];
  const events = outcomes.reduce((sum, [, alerts]) => sum + alerts, 0);
  const drops = outcomes.reduce((sum, [outcome, alerts]) => (outcome === "stored" ? sum : sum + alerts), 0);
  return [
    {
      name: INTAKE,
      ...{ events, rate: rate(INTAKE, events), lag: null, drops },
      state: isOpen ? "up" : "down: the listener is not open; see the log",
      intake: true,
    },
  ];
}
