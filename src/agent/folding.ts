import { hash } from "node:crypto";
import type { Alert, RuleAlert } from "../alert/alert.ts";
import { type FoldedRule, Folding } from "../alert/folding/folding.ts";
import { limitsFor } from "../alert/folding/limits.ts";
import { pathOf } from "../alert/folding/path.ts";
import { keys } from "../config/keys.ts";
import type { Config } from "../config/load.ts";
import { SYSCALL } from "../field/sources.ts";
import type { Observed } from "../machine/observed.ts";
import type { Log } from "../telemetry/log.ts";
import { logLines } from "../telemetry/log-lines.ts";
import type { Component } from "./component.ts";
import type { Loaded } from "./load/load.ts";
import type { SourceRules } from "./load/ready-rules.ts";
import { isLive } from "./sensor/sensor.ts";

const { burst, rate } = keys.alert_folding.keys;
/**
 * Time, in milliseconds, after which the default limits no longer apply if alerts are not raised faster than they are
 * stored.
 */
const CALM = 10_000;

/** Called for each match. `rule` is the index among the rules of the source. */
export type OnMatch = (rules: SourceRules, rule: number, event: Observed) => void;

export interface FoldingOptions {
  /** Called with each alert to deliver. */
  readonly emit: (alert: Alert) => void;
  /** Called with each new alert while the fields of its event can still be read. */
  readonly observe: (alert: Alert, event: Observed) => void;
  /** Whether alerts are raised faster than they are stored. */
  readonly isBehind: () => boolean;
  readonly log: Log;
}

/** Folds repeated matches for events of the live sensor and of document sources; see docs/alert-folding.md. */
export interface AlertFolding extends Component {
  /** Raises an alert for a match, or only counts the match. */
  readonly match: OnMatch;
  /** Reads the clock and raises the due alerts about counted matches. Must be called between events. */
  tick(): void;
  /** Milliseconds until `tick` must be called; undefined if there are no counted matches. */
  readonly dueIn: number | undefined;
  /** Raises alerts for all counted matches. */
  flush(): void;
  apply(next: Pick<Loaded, "config" | "rules">): void;
  /**
   * Number of token buckets in memory, excluding the buckets of rules, and number of buckets evicted before they were
   * full.
   */
  counts(): { readonly entries: number; readonly evicted: number };
}

export function openFolding(first: Pick<Loaded, "config" | "rules">, options: FoldingOptions): AlertFolding {
  let { config, rules } = first;
  /** Rules that have matched, by their index in the ruleset. */
  let known = new Map<SourceRules, (FoldedRule | undefined)[]>();
  const folding = new Folding(limitsFor(config.alert_folding), options.emit, Date.now());
  let strict = false;
  let strictUntil = 0;

  /**
   * While alerts are raised faster than they are stored, and for {@link CALM} afterwards, caps the limits at the
   * defaults.
   */
  function adapt(): void {
    if (options.isBehind()) {
      strictUntil = folding.now + CALM;
      if (!strict) switchTo(true);
    } else if (strict && (folding.now >= strictUntil || folding.now < strictUntil - CALM)) switchTo(false);
  }

  function switchTo(next: boolean): void {
    const { alert_folding: own } = config;
    strict = next;
    const least = { burst: Math.min(own.burst, burst.fallback), rate: Math.min(own.rate, rate.fallback) };
    folding.limit(limitsFor(strict ? least : own));
    if (own.enabled && (own.burst > least.burst || own.rate > least.rate))
      options.log(strict ? logLines.foldingStrict() : logLines.foldingAsConfigured());
  }

  function raise(own: SourceRules, rule: number, event: Observed): RuleAlert {
    const alert = own.raise(rule, event);
    const identity = identityOf(event, rule, own);
    if (identity !== undefined) alert.identity = identity;
    options.observe(alert, event);
    return alert;
  }

  function foldedRule(own: SourceRules, rule: number): FoldedRule {
    const loaded = own.ruleset.rules[rule];
    if (loaded === undefined) throw new RangeError(`There is no rule ${rule} in the ruleset.`);
    const made: FoldedRule = {
      share: folding.rule(),
      path: pathOf(loaded, rules.words(loaded.source)),
      raise: (event) => raise(own, rule, event),
    };
    const all = known.get(own) ?? [];
    known.set(own, all);
    all[rule] = made;
    return made;
  }

  return {
    match(own, rule, event) {
      if (!strict) adapt();
      if (isFolded(config, event.source)) folding.match(known.get(own)?.[rule] ?? foldedRule(own, rule), event);
      else options.emit(raise(own, rule, event));
    },
    tick() {
      folding.now = Date.now();
      adapt();
      folding.report();
    },
    get dueIn() {
      return folding.dueIn;
    },
    flush: () => folding.flush(),
    apply(next) {
      folding.clear();
      known = new Map();
      ({ config, rules } = next);
      folding.limit(limitsFor(config.alert_folding));
      strict = false;
    },
    counts: () => ({ entries: folding.size, evicted: folding.evicted }),
    close() {},
  };
}

/** Number of characters in the identity of an alert: 132 bits. */
const DIGITS = 22;

/**
 * Returns the identity of a match (see {@link RuleAlert.identity}); undefined if the source does not identify its
 * events.
 */
function identityOf({ document, identify, time }: Observed, rule: number, own: SourceRules): string | undefined {
  const identity = document && identify?.({ time, value: document });
  if (identity === undefined) return undefined;
  return hash("sha256", `${identity} ${own.ruleset.rules[rule]?.name}`, "base64").slice(0, DIGITS);
}

function isFolded(config: Config, source: string): boolean {
  return config.alert_folding.enabled && (source !== SYSCALL || isLive(config));
}
