import { hostname } from "node:os";
import type { Config } from "../config/load.ts";
import { warmUpInSteps } from "../engine/warm-up.ts";
import { SYSCALL } from "../field/sources.ts";
import { openCapture } from "../source/capture/source.ts";
import { said, type Word } from "../telemetry/said.ts";
import { withBackgrounds } from "./backgrounds.ts";
import { openOrFail } from "./failure.ts";
import { contentOf } from "./file-watch.ts";
import { sample } from "./home.ts";
import { exceptionsFile, madeExceptions } from "./page-exceptions.ts";
import { type ReadyResponses, readyResponses } from "./response-rules.ts";
import { defaultRulesOf, type ReadyRules, readyRules } from "./rules.ts";
import type { RunOptions } from "./run.ts";
import { readSettings } from "./settings.ts";
import { enabledSources, namedSources, withSources } from "./sources.ts";

/** Configuration and rules, ready to watch with. */
export interface Prepared {
  readonly config: Config;
  readonly rules: ReadyRules;
  /** What is done about alerts; undefined where nothing is. */
  readonly responses: ReadyResponses | undefined;
  /** What there is to say of the configuration. */
  readonly remarks: readonly Word[];
  /** Files and folders whose change asks for loading again. */
  readonly watched: readonly string[];
  /** What they held, in short. */
  readonly content: string;
}

/** Events of the recording that new rules are warmed up with, between two looks at the rings. */
const WARM_UP_STEP = 512;

export const host = process.env.FALCO_HOSTNAME ?? hostname();

/**
 * @param pause called every few milliseconds
 * @throws Failure where configuration or rules have a mistake
 */
export async function prepare(options: RunOptions, pause?: () => void): Promise<Prepared> {
  const settings = await withSources(options.source ?? [], (more) =>
    readSettings({ ...options, option: [...(options.option ?? []), ...more] }),
  );
  const { config, remarks } = settings;
  const sources = [...(watchesKernel(config) ? [SYSCALL] : []), ...enabledSources(config)];
  const usual = defaultRulesOf(sources);
  const responseFiles = config.responses.rules_files ?? [];
  const watched = [
    ...settings.watched,
    ...(settings.rules === undefined ? usual : []),
    ...responseFiles,
    exceptionsFile(config),
  ];
  const content = contentOf(watched); // before the rules are read, so that no change after that goes unseen
  const responses = await readyResponses(config);
  const rules = await readyRules(
    [...(settings.rules ?? usual), ...madeExceptions(config)],
    config,
    config.rule_matching,
    host,
    {
      sources: namedSources(config),
      communityId: config.community_id !== "never",
      ...(responses && { alsoFields: responses.fields }),
      ...(pause && { pause }),
    },
  );
  const idle = Map.groupBy(
    rules.loaded.rules.filter(({ enabled, source }) => enabled && source !== SYSCALL && !sources.includes(source)),
    ({ source }) => source,
  );
  const words = [...idle].map(([source, { length }]) => said.idleRules(source, length));
  const more = (responses?.remarks ?? []).map((sentence): Word => ({ level: "warning", sentence }));
  const kept = config.journal.enabled ? withBackgrounds(rules, config) : rules;
  return { config, rules: kept, responses, remarks: [...remarks, ...words, ...more], watched, content };
}

/** Whether system calls are judged, live or recorded. */
export function watchesKernel({ engine }: Config): boolean {
  return engine.kind !== "nodriver";
}

/** How many rules judge something. */
export function rulesInForce({ config, rules }: Pick<Prepared, "config" | "rules">): number {
  const sources = [...(watchesKernel(config) ? [SYSCALL] : []), ...enabledSources(config)];
  return sources.reduce((sum, source) => sum + rules.of(source).ruleset.rules.length, 0);
}

/** Compiles what judges, in steps. */
export function* warmUpFor({ rules }: Prepared): Generator<void> {
  const recording = sample();
  if (recording === undefined) return;
  const source = openOrFail(() => openCapture(recording));
  yield* warmUpInSteps(rules.ruleset, source, WARM_UP_STEP);
}
