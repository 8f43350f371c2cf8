import type { Config } from "../../config/load.ts";
import type { LogLine } from "../../telemetry/log-lines.ts";
import { Failure } from "../failure.ts";
import type { Watched } from "./file-watch.ts";

/** Paths of configuration and rules. */
export interface LoadOptions {
  /** Path of the configuration file; undefined selects the default configuration. */
  readonly config?: string;
  /** Rule files and directories, which replace the configured ones. */
  readonly rules?: readonly string[];
  /** Overrides of configuration keys, in the form `key=value`. */
  readonly option?: readonly string[];
}

/** The configuration and its diagnostics. */
export interface Settings {
  readonly config: Config;
  /** Warnings and notes about the configuration. */
  readonly remarks: readonly LogLine[];
  /** Rule files and directories; undefined for the default rules. */
  readonly rules: readonly string[] | undefined;
  /** Configuration files and rule files to watch for changes, including missing ones. */
  readonly watched: readonly Watched[];
}

/**
 * Reads the configuration.
 * @throws Failure with all errors
 */
export async function readSettings(options: LoadOptions): Promise<Settings> {
  const { loadConfig, printDiagnostic, printPosition } = await import("../../config/load.ts");
  const { config, diagnostics, files: configFiles } = await loadConfig(options.config, options.option ?? []);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Failure(`Invalid configuration.\n${errors.map(printDiagnostic).join("\n")}`);
  const remarks = diagnostics.map((diagnostic): LogLine => {
    const level = diagnostic.severity === "note" ? "notice" : "warning";
    return { level, message: `${printPosition(diagnostic)}: ${diagnostic.message}` };
  });
  const files = await present(config.rules_files);
  if (options.rules === undefined && config.rules_files?.length !== 0 && files?.length === 0) {
    remarks.push({
      level: "warning",
      message: `No rules: the configured rules_files do not exist (${config.rules_files?.join(", ")}).`,
    });
  }
  const folders = config.config_files.map(({ path }) => ({ config: path }));
  const watched = [...configFiles, ...folders, ...(options.rules ?? config.rules_files ?? [])];
  return { config, remarks, rules: options.rules ?? files, watched };
}

/** The rule files that exist. A configuration usually also lists optional paths, such as local rules and `rules.d`. */
async function present(files: readonly string[] | undefined): Promise<readonly string[] | undefined> {
  if (files === undefined) return undefined;
  const { existsSync } = await import("node:fs");
  return files.filter((file) => existsSync(file));
}
