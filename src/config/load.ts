import { ConfigError, emptyMapping, type FilePosition, type Mapping, type Tree } from "../setting/tree.ts";
import { configFilesAt } from "./config-files.ts";
import { type Environment, expand } from "./environment.ts";
import { setFalcoDefaults } from "./falco-defaults.ts";
import { type Config, keys } from "./keys.ts";
import { merge } from "./merge.ts";
import { parsePath, setAt } from "./path.ts";
import { type Diagnostic, readConfig } from "./read.ts";
import { readLimited } from "./read-limited.ts";
import { mentionsOutputs } from "./sidekick/heads.ts";

export type { Config } from "./keys.ts";
export type { Diagnostic } from "./read.ts";

/** Maximum size of a configuration file, in bytes. */
const MAX_BYTES = 1 << 20;

export interface Loaded {
  readonly config: Config;
  /** Diagnostics, sorted by position within each file. If a diagnostic is an error, the configuration is invalid. */
  readonly diagnostics: readonly Diagnostic[];
  /** The files that were read. The first file is the main file. */
  readonly files: readonly string[];
}

/**
 * Reads a configuration from the file, then from included files, then from `key=value` options in order.
 * @param file undefined for the defaults
 * @param overrides `key=value` options from the command line, in order
 * @param environment environment variables, for `${NAME}` and for the variables of Falcosidekick
 * @returns a complete configuration; invalid values are reported as diagnostics and replaced with their defaults
 */
export async function loadConfig(
  file: string | undefined,
  overrides: readonly string[] = [],
  environment: Environment = process.env,
): Promise<Loaded> {
  const diagnostics: Diagnostic[] = [];
  const files: string[] = [];
  const none: FilePosition = { file: file ?? "the command line", line: 0, column: 0 };
  let tree = emptyMapping(none);
  try {
    if (file !== undefined) {
      tree = await readFile(file, environment);
      files.push(file);
    }
    // Overrides of `config_files` apply first. All other overrides apply after the included files.
    for (const override of overrides) if (override.startsWith("config_files")) await setOverride(tree, override);
    const includes = tree.entries.get("config_files")?.value;
    const wanted = includes === undefined ? [] : (keys.config_files.read(includes, () => {}) ?? []);
    for (const { path, strategy } of wanted) {
      if (path === file) throw new ConfigError(`config_files includes its own file, ${path}`, includes?.place ?? none);
      for (const each of configFilesAt(path)) {
        merge(tree, await readFile(each, environment), strategy);
        files.push(each);
      }
    }
    if (file !== undefined) setFalcoDefaults(tree);
    for (const override of overrides) await setOverride(tree, override);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    diagnostics.push({ severity: "error", message: error.message, place: error.place });
  }
  renameOld(tree, diagnostics);
  if (mentionsOutputs(tree, environment)) {
    const { adoptSidekick } = await import("./sidekick/adopt.ts");
    await adoptSidekick(tree, environment, diagnostics);
  }
  if (tree.entries.has("plugins") || tree.entries.has("load_plugins")) {
    const { adoptPlugins } = await import("./plugins.ts");
    adoptPlugins(tree, diagnostics);
  }
  const config = readConfig(tree, diagnostics);
  return { config, diagnostics: diagnostics.sort(byPosition), files };
}

/** Formats a diagnostic as one line: position, severity and message. */
export function printDiagnostic(diagnostic: Diagnostic): string {
  return `${printPosition(diagnostic)}: ${diagnostic.severity}: ${diagnostic.message}`;
}

/** Formats the position of a diagnostic as `file:line:column`, or only the file if there is no line. */
export function printPosition({ place }: Diagnostic): string {
  return place.line === 0 ? place.file : `${place.file}:${place.line}:${place.column}`;
}

function byPosition({ place: a }: Diagnostic, { place: b }: Diagnostic): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : 0;
}

async function readFile(file: string, environment: Environment): Promise<Mapping> {
  const place = { file, line: 0, column: 0 };
  let text: string;
  try {
    text = readLimited(file, MAX_BYTES);
  } catch (error) {
    throw new ConfigError(`Cannot read the configuration: ${reason(error)}`, place);
  }
  const { parseTree } = await import("./yaml.ts"); // imported only if needed, since the YAML package loads slowly
  const tree = expand(parseTree(text, file), environment);
  if (tree.kind !== "map")
    throw new ConfigError("A configuration must be a mapping, such as `json_output: true`", tree.place);
  return tree;
}

async function setOverride(tree: Mapping, override: string): Promise<void> {
  const place = { file: `-o ${override}`, line: 0, column: 0 };
  const equals = override.indexOf("=");
  if (equals < 1)
    throw new ConfigError(
      "An option must have the form key=value, such as json_output=true or engine.kind=replay",
      place,
    );
  const key = override.slice(0, equals);
  setAt(tree, parsePath(key, place), await parseValue(override.slice(equals + 1), place), key);
}

/** Parses the value of an override: YAML if the value is enclosed in `{…}` or `[…]`, otherwise plain text. */
async function parseValue(text: string, place: FilePosition): Promise<Tree> {
  const whole = (text.startsWith("{") && text.endsWith("}")) || (text.startsWith("[") && text.endsWith("]"));
  if (!whole) return { kind: "scalar", place, text };
  const { parseTree } = await import("./yaml.ts");
  return parseTree(text, place.file);
}

/** Alternative names of `rules_files`: the old name, and a misspelling that Falco accepts but ignores. */
const ruleFileNames = {
  rules_file: "rules_file is the old name of rules_files",
  rule_files: "rule_files is read as rules_files; Falco ignores it",
} as const;

/** Renames the alternative names of `rules_files`. */
function renameOld(tree: Mapping, diagnostics: Diagnostic[]): void {
  for (const [name, message] of Object.entries(ruleFileNames)) {
    const old = tree.entries.get(name);
    if (old === undefined) continue;
    tree.entries.delete(name);
    if (tree.entries.has("rules_files")) {
      const both = `${name} and rules_files are both set; remove ${name}`;
      diagnostics.push({ severity: "error", message: both, place: old.place });
      continue;
    }
    diagnostics.push({ severity: "warning", message, place: old.place });
    tree.entries.set("rules_files", old);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? error.code : undefined;
  return code === "ENOENT" ? "the file does not exist" : code === "EACCES" ? "permission denied" : error.message;
}
