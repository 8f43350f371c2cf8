import { readFileSync } from "node:fs";
import { arch, version as kernelVersion, machine, release, type as systemName } from "node:os";
import { keys } from "../../config/keys.ts";
import type { Config } from "../../config/load.ts";
import type { Keys } from "../../setting/shape.ts";
import { host } from "../load/load.ts";
import { versions } from "../versions.ts";

/** Configuration sections that contain no secrets. */
const PLAIN: ReadonlySet<string> = new Set([
  "base_syscalls",
  "config_files",
  "engine",
  "journal",
  "load_plugins",
  "metrics",
  "rules",
  "rules_files",
  "syscall_event_drops",
  "webserver",
]);

/** Placeholder for a value that may be secret. */
export const HIDDEN = "(set, not shown)";

/**
 * Information for a bug report, with Falco's names.
 * @param ruleFiles paths of the loaded rule files
 * @param args the command line
 */
export function supportRecord(config: Config, ruleFiles: readonly string[], args: readonly string[]): object {
  const all = versions();
  return {
    cmdline: shownArguments(args).join(" "),
    config: changedKeys(keys, config),
    engine_info: all,
    rules_files: ruleFiles.map((name) => ({ name, variants: [{ content: readFileSync(name, "utf8") }] })),
    system_info: {
      machine: machine(),
      nodename: host,
      release: release(),
      sysname: systemName(),
      version: kernelVersion(),
      node_arch: arch(),
    },
    version: all.falco_version,
  };
}

/** Returns the keys whose values differ from the default. */
function changedKeys(section: Keys, settings: unknown, shown = false): object {
  const values = settings as Readonly<Record<string, unknown>>; // one value per key, as readConfig returns
  const changed: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(section)) {
    const value = values[name];
    const isPlain = shown || PLAIN.has(name);
    if (key.kind === "section") {
      const inner = changedKeys(key.keys, value, isPlain);
      if (Object.keys(inner).length > 0) changed[name] = inner;
    } else if (key.kind === "named") {
      const entries = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
      if (entries.length > 0)
        changed[name] = Object.fromEntries(entries.map(([each, one]) => [each, changedKeys(key.keys, one)]));
    } else if (key.kind === "leaf" && JSON.stringify(value) !== JSON.stringify(key.fallback))
      changed[name] = isPlain || isHarmless(value, key.json) ? value : HIDDEN;
  }
  return changed;
}

/** Whether a value cannot be secret: a boolean, a number, or one of several predefined words. */
function isHarmless(value: unknown, schema: Readonly<Record<string, unknown>> | undefined): boolean {
  return (
    typeof value === "boolean" || typeof value === "number" || (schema !== undefined && Object.hasOwn(schema, "enum"))
  );
}

/**
 * The command-line arguments. "…" replaces the text after the `=` of a key or source, because the text may be secret.
 */
function shownArguments(args: readonly string[]): string[] {
  return args.map((arg) => arg.replace(/^((?:--?[a-z-]+=)?[^=]+=).+$/s, "$1…"));
}
