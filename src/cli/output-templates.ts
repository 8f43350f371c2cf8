import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Failure } from "../agent/failure.ts";
import { nearest } from "../config/nearest.ts";
import type { OutputDescriptor } from "../output/descriptor.ts";
import { allOutputs, enabledOutputs, type OutputSettings, sectionOf } from "../output/enabled.ts";
import type { IndexTemplate } from "../output/index-template.ts";
import { codeOf, reasonOf } from "../output/output.ts";
import { print, printError, printJson } from "../telemetry/print.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";

/** Options of `eyas outputs template`. */
export interface TemplateOptions {
  readonly json?: true;
  /** Directory for the files; standard output if absent. */
  readonly to?: string;
  readonly force?: true;
}

/** A template of an output, and the name of its file. */
interface TemplateFile extends IndexTemplate {
  readonly output: string;
  readonly file: string;
}

/** An output that has templates. */
type Templated = OutputDescriptor & Required<Pick<OutputDescriptor, "templates">>;

/**
 * `eyas outputs template`: prints or writes to files the templates and policies that outputs create at their servers.
 * @param name output name; undefined: all enabled outputs with templates
 * @throws Failure if there are no templates, or a file cannot be written
 */
export async function printTemplates(
  name: string | undefined,
  settings: OutputSettings,
  { to, force, json }: TemplateOptions,
): Promise<void> {
  if (force && to === undefined) throw new Failure("--force requires --to DIR.");
  const files: TemplateFile[] = [];
  for (const output of chosen(name, settings)) {
    const own = sectionOf(settings, output.section);
    const { templates, warning } = await output.templates(own, { certificates: settings.outputs });
    if (warning !== undefined) printError(`${output.name}: ${visible(warning)}.\n`);
    for (const each of templates) {
      const { kind, of } = each;
      const file = `${[output.name, ...(of === undefined ? [] : [of]), kind].join("-")}.json`;
      files.push({ ...each, output: output.name, file });
    }
  }
  if (to !== undefined) await write(to, files, force ?? false);
  if (json) for (const { output, file, path, body } of files) printJson({ output, file, path, body });
  else print(to === undefined ? files.map(requestText).join("\n") : files.map((each) => fileText(to, each)).join(""));
}

/** @throws Failure if the output is unknown or has no templates, or no enabled output has any */
function chosen(name: string | undefined, settings: OutputSettings): readonly Templated[] {
  const templated = allOutputs.filter(hasTemplates);
  const names = templated.map((output) => output.name).join(" and ");
  if (name === undefined) {
    const enabled = enabledOutputs(settings).filter(hasTemplates);
    if (enabled.length > 0) return enabled;
    throw new Failure(`No enabled output has index templates. Add a name: ${names} have them.`);
  }
  const output = allOutputs.find((one) => one.name === name);
  if (output !== undefined && hasTemplates(output)) return [output];
  if (output !== undefined) throw new Failure(`Output "${name}" has no index templates; ${names} have them.`);
  const close = nearest(
    name,
    allOutputs.map((one) => one.name),
  );
  throw new Failure(`Unknown output "${name}"${close === undefined ? "" : `; did you mean "${close}"?`}`);
}

function hasTemplates(output: OutputDescriptor): output is Templated {
  return output.templates !== undefined;
}

function bodyText({ body }: TemplateFile): string {
  return `${visibleJson(JSON.stringify(body, undefined, 2))}\n`;
}

/** The request that creates a template, as in the consoles of Kibana and OpenSearch Dashboards. */
function requestText(template: TemplateFile): string {
  return `PUT ${visible(template.path)}\n${bodyText(template)}`;
}

function fileText(to: string, { file, path }: TemplateFile): string {
  return `${visible(join(to, file))}: PUT ${visible(path)}\n`;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * Writes one file per template. Follows no symbolic links, neither for the directory nor for the files.
 * @param force whether to replace existing files
 */
async function write(to: string, files: readonly TemplateFile[], force: boolean): Promise<void> {
  try {
    await mkdir(resolve(to), { recursive: true });
  } catch (error) {
    throw new Failure(`Cannot create the directory ${visible(to)}: ${visible(reasonOf(error))}.`);
  }
  const folder = await open(resolve(to), O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((error: unknown) => {
    const why = ["ELOOP", "ENOTDIR"].includes(codeOf(error))
      ? "it is a symbolic link or not a directory"
      : reasonOf(error);
    throw new Failure(`Cannot write to ${visible(to)}: ${visible(why)}.`);
  });
  const place = `/proc/self/fd/${folder.fd}`; // refers to the same directory even if its path changes
  try {
    const existing: string[] = [];
    for (const { file } of files) if (!force && (await exists(join(place, file)))) existing.push(join(to, file));
    if (existing.length > 0)
      throw new Failure(`${visible(existing.join(", "))} already exists: add --force to replace it.`);
    for (const each of files) await writeFile(place, each, force);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot write to ${visible(to)}: ${visible(reasonOf(error).replaceAll(place, to))}.`);
  } finally {
    await folder.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

async function writeFile(place: string, template: TemplateFile, force: boolean): Promise<void> {
  const path = join(place, template.file);
  const written = force ? join(place, `.${template.file}.${crypto.randomUUID()}`) : path;
  const file = await open(written, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    await file.writeFile(bodyText(template));
    await file.close();
    if (force) await rename(written, path); // replaces a link, without following it
  } catch (error) {
    await file.close().catch(() => {});
    await rm(written, { force: true });
    throw error;
  }
}
