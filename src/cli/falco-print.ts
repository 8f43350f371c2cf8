import { Failure } from "../agent/failure.ts";
import { print, printError, printJson } from "../telemetry/print.ts";
import { type Format, formats } from "../workbench/inventory/catalogue.ts";
import { readSettings, type SettingsOptions } from "./settings.ts";

/** Options of Falco that print information instead of starting the agent. */
export interface FalcoPrintOptions extends SettingsOptions {
  readonly configSchema?: true;
  readonly ruleSchema?: true;
  readonly i?: true;
  readonly L?: true;
  readonly l?: string;
  readonly list?: string | true;
  readonly listEvents?: true;
  readonly listPlugins?: true;
  readonly markdown?: true;
  readonly format?: string;
  readonly N?: true;
  readonly pluginInfo?: string;
  readonly support?: true;
  readonly validate?: readonly string[];
  readonly version?: true;
  readonly pageSize?: true;
}

type Print = (options: FalcoPrintOptions) => Promise<void>;

/** Functions that print the output of each option. If several options are set, only the first is used. */
const prints: readonly (readonly [keyof FalcoPrintOptions, Print])[] = [
  ["version", printVersion],
  ["pageSize", pageSize],
  ["configSchema", async () => printJson((await import("../config/schema.ts")).configSchema())],
  ["ruleSchema", async () => printJson((await import("../rule/schema.ts")).ruleSchema())],
  ["list", listFields],
  ["listEvents", listEvents],
  ["listPlugins", async (options) => print((await plugins()).listPlugins((await readSettings(options)).config))],
  ["i", listFrequentCalls],
  ["pluginInfo", pluginInfo],
  ["validate", validate],
  ["L", (options) => listRules(options, undefined)],
  ["l", (options) => listRules(options, options.l)],
  ["support", support],
];

/**
 * Prints the output of the first option that is set.
 * @returns whether an option was set, in which case the agent is not started
 */
export async function printInstead(options: FalcoPrintOptions): Promise<boolean> {
  if (options.markdown && options.format !== undefined)
    throw new Failure("--markdown and --format cannot be used together.");
  for (const [name, write] of prints) {
    if (options[name] === undefined) continue;
    await write(options);
    return true;
  }
  return false;
}

function formatOf({ format, markdown }: FalcoPrintOptions): Format {
  if (markdown) printError("eyas: --markdown is deprecated, use --format markdown.\n");
  const wanted = markdown ? "markdown" : (format ?? "text").toLowerCase();
  const known = formats.find((each) => each === wanted);
  if (known === undefined) throw new Failure(`Unknown format "${format}": use one of ${formats.join(", ")}.`);
  return known;
}

/** Prints the versions. With `json_output`, prints a JSON object with the keys that tools for Falco read. */
async function printVersion(options: FalcoPrintOptions): Promise<void> {
  const { config } = await readSettings(options);
  if (config.json_output) printJson((await import("../agent/versions.ts")).versions());
  else (await import("./version.ts")).printVersions();
}

async function listFields(options: FalcoPrintOptions): Promise<void> {
  const { list, N } = options;
  const source = typeof list === "string" && list !== "" ? { source: list } : {};
  const { listFields } = await import("./fields.ts");
  await listFields([], { ...source, format: formatOf(options), ...(N && { names: true }) });
}

async function listEvents(options: FalcoPrintOptions): Promise<void> {
  await (await import("./events.ts")).listEvents([], { format: formatOf(options) });
}

async function listRules(options: FalcoPrintOptions, describe: string | undefined): Promise<void> {
  const { config } = await readSettings(options);
  const format = config.json_output ? "json" : "text";
  const { listRules } = await import("./rule-lister.ts");
  await listRules([], { ...options, format, ...(describe !== undefined && { describe }) });
}

async function validate(options: FalcoPrintOptions): Promise<void> {
  const { config } = await readSettings(options);
  const { check } = await import("./check.ts");
  const { config: file, option, validate = [] } = options;
  await check(validate, {
    ...(file !== undefined && { config: file }),
    ...(option && { option }),
    ...(config.json_output && { json: true }),
  });
}

async function listFrequentCalls(): Promise<void> {
  const { frequentCalls } = await import("../source/syscall/select.ts");
  const { syscallName } = await import("../event/syscalls.ts");
  const names = new Set([...frequentCalls].map((id) => syscallName[id] ?? String(id)));
  print(
    `System calls that are not watched unless base_syscalls.all is set:\n${[...names]
      .sort()
      .map((name) => `- ${name}\n`)
      .join("")}`,
  );
}

const plugins = () => import("../agent/falco/plugins.ts");

async function pluginInfo(options: FalcoPrintOptions): Promise<void> {
  const { config } = await readSettings(options);
  print((await plugins()).pluginInfo(options.pluginInfo ?? "", config));
}

async function support(options: FalcoPrintOptions): Promise<void> {
  const { config, rules } = await readSettings(options);
  const { supportRecord } = await import("../agent/falco/support.ts");
  const { defaultRules } = await import("../agent/load/ready-rules.ts");
  const { filesAt } = await import("../agent/load/rule-files.ts");
  const files = (rules ?? defaultRules).flatMap(filesAt);
  printJson(supportRecord(config, files, process.argv.slice(2)));
}

async function pageSize(): Promise<void> {
  const { pageSize } = await import("../source/syscall/page-size.ts");
  print(`The memory page size of this machine is ${pageSize()} bytes.\n`);
}
