import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config/load.ts";
import { makeFolder } from "../../journal/folder.ts";
import { parseYaml } from "../../rule/parse-yaml.ts";
import { lookUp, type YamlNode } from "../../rule/yaml.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";
import { type LoadingOptions, loadFiles } from "../load/ready-rules.ts";
import { readRuleFiles } from "../load/rule-files.ts";
import { type ExceptionsOrder, runTrial, trialSettings } from "../load/trial.ts";

/** Path of the rule file with the exceptions from the web page. It is loaded after all other rule files. */
export function exceptionsFile(config: Config): string {
  const { exceptions_file: file } = config.web_page;
  return file === "" ? join(dirname(journalFile(config.journal)), "exceptions.yaml") : file;
}

/** The exceptions file as a list of rule files to load; empty if the file does not exist. */
export function exceptionFiles(config: Config): readonly string[] {
  const file = exceptionsFile(config);
  return existsSync(file) ? [file] : [];
}

/** A change to the exceptions file, which can be undone. */
export interface Appended {
  readonly file: string;
  undo(): void;
}

const HEAD = "# Exceptions created on the web page.\n";

/**
 * Appends exceptions after checking that the rules load with them.
 * @param paths active rule files, without the exceptions file
 * @throws Failure if the exceptions are invalid
 */
export async function appendExceptions(
  yaml: string,
  paths: readonly string[],
  config: Config,
  options: Omit<LoadingOptions, "pause">,
): Promise<Appended> {
  const file = exceptionsFile(config);
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const text = `${before ?? HEAD}${before === undefined || before.endsWith("\n") ? "" : "\n"}\n${yaml.trimEnd()}\n`;
  const settings = trialSettings(config);
  const order: ExceptionsOrder = { kind: "exceptions", yaml, file: { name: file, text }, paths, settings, options };
  if ((await runTrial(order)) === undefined) await checkExceptions(order); // no worker available
  replace(file, text);
  return { file, undo: () => replace(file, before ?? HEAD) };
}

/**
 * Checks that the YAML contains only exceptions, and that all rules load with them.
 * @throws Failure
 */
export async function checkExceptions({ yaml, file, paths, settings, options }: ExceptionsOrder): Promise<void> {
  await checkForm(yaml);
  const { files, unreadable } = readRuleFiles(paths);
  const [failed] = unreadable;
  if (failed !== undefined) throw new Failure(`${failed.file}: ${failed.message}.`);
  const { results } = await loadFiles([...files, ...(options.resources ?? []), file], settings, "all", {
    ...options,
    leaveOut: true,
  });
  const mistake = results.flatMap(({ errors }) => errors)[0];
  if (mistake !== undefined) throw new Failure(`${mistake.message}.`);
}

/** Checks that YAML contains only exceptions, since other items could override rules. */
async function checkForm(yaml: string): Promise<void> {
  const parsed = await parseYaml(yaml);
  if ("problems" in parsed) throw new Failure(`Invalid YAML: ${parsed.problems[0]?.message ?? "cannot be parsed"}.`);
  const [root, ...more] = parsed.documents;
  const items = root?.kind === "sequence" && more.length === 0 ? root.items : [];
  if (items.length === 0 || !items.every(isException))
    throw new Failure(
      "Only exceptions can be appended: items with rule, exceptions and override: {exceptions: append}.",
    );
}

const KEYS: ReadonlySet<string> = new Set(["rule", "exceptions", "override", "source"]);

function isException(item: YamlNode): boolean {
  if (item.kind !== "mapping") return false;
  if (!item.entries.every(({ key }) => key.kind === "scalar" && KEYS.has(key.text))) return false;
  const override = lookUp(item, "override");
  const appends = override?.kind === "mapping" ? lookUp(override, "exceptions") : undefined;
  return (
    lookUp(item, "rule")?.kind === "scalar" &&
    lookUp(item, "exceptions")?.kind === "sequence" &&
    override?.kind === "mapping" &&
    override.entries.length === 1 &&
    appends?.kind === "scalar" &&
    appends.text === "append"
  );
}

/** Replaces the file atomically. */
function replace(file: string, text: string): void {
  makeFolder(dirname(file));
  const fresh = `${file}.${process.pid}`;
  rmSync(fresh, { force: true }); // another user with write access may have created a link
  writeFileSync(fresh, text, { mode: 0o600, flag: "wx" });
  renameSync(fresh, file);
}
