import { hostname } from "node:os";
import type { Config } from "../../config/load.ts";
import { warmUpInSteps } from "../../engine/warm-up.ts";
import { ownArchitecture } from "../../event/occurrence.ts";
import { joinedFields } from "../../field/roles.ts";
import { knownSources, SYSCALL } from "../../field/sources.ts";
import type { RuleFile } from "../../rule/location.ts";
import type { ParsedFiles } from "../../rule/parse-yaml.ts";
import type { Pause } from "../../rule/pause.ts";
import { openCapture } from "../../source/capture/source.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";
import { type Gap, gapsInSteps } from "../../workbench/gaps.ts";
import { usesCluster } from "../context/kubernetes.ts";
import { type SourceSelection, selectSources } from "../documents/selection.ts";
import { enabledSources, hasSessions, userNamedSources, withSources } from "../documents/settings.ts";
import { FilesChanged, openOrFail } from "../failure.ts";
import { variableNotices } from "../falco/variables.ts";
import { sample } from "../home.ts";
import { exceptionFiles, exceptionsFile } from "../page/exceptions.ts";
import { leftOutPageRule, pageRuleFiles, pageRules, pageRulesFile } from "../page/page-rules.ts";
import type { LoadedResources } from "../resources/isolate.ts";
import { type LoadedResponses, loadResponses } from "../responses/response-rules.ts";
import { withBackground } from "./backgrounds.ts";
import { changeableFiles } from "./changeable-files.ts";
import { contentOf, type Watched } from "./file-watch.ts";
import { useIndicators } from "./indicators.ts";
import { loadableFiles } from "./loadable-files.ts";
import { defaultRulesOf, type ReadyRules, readyRules } from "./ready-rules.ts";
import { type LoadOptions, readSettings } from "./settings.ts";
import { skippedItems } from "./skipped-items.ts";
import { inSteps } from "./steps.ts";

/** A loaded configuration with its compiled rules. */
export interface Loaded {
  readonly config: Config;
  readonly rules: ReadyRules;
  /** Response rules; undefined if not configured. */
  readonly responses: LoadedResponses | undefined;
  /** Warnings and notes about the configuration and the rules. */
  readonly remarks: readonly LogLine[];
  /** Files and directories that trigger a reload when they change. */
  readonly watched: readonly Watched[];
  /** A digest of the content of the watched files. */
  readonly content: string;
  /** The outcome of loading EyasRules resources; undefined if the configuration does not enable them. */
  readonly resources?: LoadedResources;
  /** Rule files with the rules and priorities that the page sets. */
  readonly pageRules: readonly RuleFile[];
}

/** Number of events of the sample capture that are evaluated per warm-up step. Cold code takes up to a millisecond each. */
const WARM_UP_STEP = 16;

export const host = process.env.FALCO_HOSTNAME ?? hostname();

/** Paths and options from the command line, and additional event sources (`name` or `name=origin`). */
export interface AgentLoadOptions extends LoadOptions, SourceSelection {
  /** Whether rule files that need an absent plugin or source are an error. */
  readonly strict?: boolean | undefined;
  readonly sources?: readonly string[];
  /** Rule files from EyasRules resources, loaded if the configuration enables resources. */
  readonly resources?: readonly RuleFile[];
}

/** The result of a successful trial of the files. */
export interface CheckedFiles {
  /** A digest of the content of the checked files. */
  readonly content: string;
  /** Results of the full YAML parser, which the load can reuse. */
  readonly parsed: ParsedFiles;
  /** Warnings about EyasRules resources, as `FILE:LINE:COLUMN: MESSAGE`. */
  readonly warnings: readonly string[];
}

/** Options for loading files in steps while events are evaluated. */
export interface LoadSteps {
  /** Called between steps, so that the caller can do other work, such as evaluating events. */
  readonly pause?: Pause;
  readonly checked?: CheckedFiles | undefined;
  /** Collects the results of the full YAML parser. */
  readonly parsed?: ParsedFiles;
  /** Set in a trial load, which only detects errors. A trial load does not read indicators. */
  readonly isTrial?: true;
}

/**
 * Loads and compiles configuration, rules and response rules.
 * @throws Failure if configuration or rules are invalid; FilesChanged
 */
export async function load(options: AgentLoadOptions, steps: LoadSteps = {}): Promise<Loaded> {
  const { pause, checked } = steps;
  const parsed = checked?.parsed ?? steps.parsed;
  const settings = await withSources(options.sources ?? [], (more) =>
    readSettings({ ...options, option: [...(options.option ?? []), ...more] }),
  );
  const { remarks } = settings;
  const { config: configured, notes } = selectSources(settings.config, options);
  const sources = [...(watchesKernel(configured) ? [SYSCALL] : []), ...enabledSources(configured)];
  // Resources are the same on all nodes and can change rules of any source.
  const usual = defaultRulesOf(configured.kubernetes.rules_resources ? knownSources : sources);
  const responseFiles = configured.responses.rules_files ?? [];
  const watched = [
    ...settings.watched,
    ...(settings.rules === undefined ? usual : []),
    ...responseFiles,
    exceptionsFile(configured),
    pageRulesFile(configured),
  ];
  const content = contentOf(watched); // before the rules are read, to detect changes during the load
  if (checked !== undefined && content !== checked.content)
    throw new FilesChanged("The files changed during the reload.");
  const page = await pageRules(configured);
  const config: Config = { ...configured, rules: [...configured.rules, ...page.selections] };
  const responses = await loadResponses(config);
  const indicators = steps.isTrial ? [] : await useIndicators(config.indicators);
  const rulesWith = (pageRules: readonly RuleFile[]): Promise<ReadyRules> =>
    readyRules(settings.rules ?? usual, config, config.rule_matching, host, {
      ...{ sources: userNamedSources(config), strict: options.strict, last: exceptionFiles(config), pageRules },
      lacksPageRules: page.problem !== undefined || pageRules.length < page.files.length,
      ...(config.kubernetes.rules_resources && { resources: options.resources ?? [] }),
      communityId: config.community_id !== "never",
      alsoFields: [...(responses?.fields ?? []), ...(joinsAudit(config) ? joinedFields : [])],
      ...(pause && { pause }),
      ...(parsed && { parsed }),
    });
  const { result, used: ownRules, skipped: broken } = await loadableFiles(page.files, rulesWith);
  const rules: ReadyRules = { ...result, leftOut: [...result.leftOut, ...broken.map(leftOutPageRule)] };
  const idle = Map.groupBy(
    rules.loaded.rules.filter(({ enabled, source }) => enabled && source !== SYSCALL && !sources.includes(source)),
    ({ source }) => source,
  );
  const words = (config.kubernetes.rules_resources ? [] : [...idle]).map(([source, { length }]) =>
    logLines.idleRules(source, length),
  );
  const gaps = watchesLive(config)
    ? await inSteps(
        gapsInSteps(rules.ruleset.rules, {
          architecture: ownArchitecture(process.arch),
          containers: config.containers.enabled,
          base: config.base_syscalls,
        }),
        pause,
      )
    : [];
  const more = [...rules.leftOut.map(({ sentence }) => sentence), ...(responses?.remarks ?? []), ...indicators].map(
    (message): LogLine => ({ level: "warning", message }),
  );
  const skipped = [
    ...skippedItems(rules.results, [exceptionsFile(config)], logLines.moreExceptionsSkipped),
    ...skippedItems(
      rules.results,
      ownRules.map(({ name }) => name),
      logLines.morePageRulesSkipped,
    ),
  ];
  const kept = config.journal.enabled ? withBackground(rules, config) : rules;
  const open = changeableFiles([
    ...settings.watched,
    ...responseFiles,
    ...exceptionFiles(config),
    ...pageRuleFiles(config),
  ]);
  const selected = notes.map(logLines.sourceNote);
  return {
    ...{ config, rules: { ...kept, gaps }, responses, watched, content, pageRules: ownRules },
    remarks: [
      ...remarks,
      ...(page.problem === undefined ? [] : [logLines.pageRulesUnreadable(pageRulesFile(config), page.problem)]),
      ...variableNotices(process.env),
      ...selected,
      ...words,
      ...more,
      ...skipped,
      ...gapLines(gaps),
      ...open,
    ],
  };
}

/**
 * Whether alerts are joined with Kubernetes audit events. This machine or another machine with the same store receives
 * these events.
 */
function joinsAudit(config: Config): boolean {
  return enabledSources(config).some(hasSessions) || (watchesLive(config) && usesCluster(config.kubernetes));
}

/** Whether system calls are evaluated, live or from a capture. */
export function watchesKernel({ engine }: Config): boolean {
  return engine.kind !== "nodriver";
}

/** Whether system calls of this machine are evaluated. */
function watchesLive({ engine }: Config): boolean {
  return engine.kind !== "nodriver" && engine.kind !== "replay";
}

/** Maximum number of rule gaps that are logged. `eyas check --json` prints all gaps. */
const LOGGED = 100;

function gapLines(gaps: readonly Gap[]): LogLine[] {
  const lines = gaps.slice(0, LOGGED).map(logLines.ruleGap);
  return gaps.length > LOGGED ? [...lines, logLines.moreRuleGaps(gaps.length - LOGGED)] : lines;
}

/** Returns the number of enabled rules whose source is enabled. */
export function activeRules({ config, rules }: Pick<Loaded, "config" | "rules">): number {
  const sources = [...(watchesKernel(config) ? [SYSCALL] : []), ...enabledSources(config)];
  return sources.reduce((sum, source) => sum + rules.of(source).ruleset.rules.length, 0);
}

/** Event types of the sample capture; empty before the first {@link warmUpFor}. */
let typesOfSample: readonly number[] = [];

/**
 * Evaluates the events of the sample capture in steps, so that V8 compiles the code before live events arrive.
 * @param types event types whose code is generated first
 */
export function* warmUpFor({ rules }: Pick<Loaded, "rules">, types: readonly number[] = []): Generator<void> {
  for (const code of new Set([...types, ...typesOfSample])) yield* rules.ruleset.match.prepare(code);
  const recording = sample();
  if (recording === undefined) return;
  const source = openOrFail(() => openCapture(recording));
  typesOfSample = yield* warmUpInSteps(rules.ruleset, source, WARM_UP_STEP);
}
