import type { Config } from "../config/load.ts";
import { DocumentEngine } from "../engine/document-engine.ts";
import type { OnMatch } from "../engine/engine.ts";
import { Machine } from "../machine/machine.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import { openInbox } from "../source/inbox.ts";
import { documentsIn, type InvalidPart } from "../source/recorded/documents.ts";
import { count } from "../telemetry/log-lines.ts";
import { printError } from "../telemetry/print.ts";
import { readerFor, sourceSettings } from "./documents/settings.ts";
import { Failure } from "./failure.ts";

/** Maximum number of errors that are reported individually. */
const REPORTED = 20;

/**
 * Evaluates the events of a file of documents.
 * @param deliver called when alerts may be pending
 * @throws Failure if the file cannot be read
 */
export async function replayDocuments(
  file: string,
  source: string,
  config: Config,
  ruleset: Ruleset,
  onMatch: OnMatch,
  deliver: () => Promise<void>,
): Promise<void> {
  const inbox = openInbox(source, { most: Number.POSITIVE_INFINITY, mostBytes: Number.POSITIVE_INFINITY });
  const engine = new DocumentEngine(inbox, new Machine(), ruleset, onMatch);
  const { max_event: most } = sourceSettings(config, source);
  let mistakes = 0;
  const onInvalid = (mistake: InvalidPart): void => {
    const sentence = `${locationOf(file, mistake)}: ${mistake.message}`;
    if (++mistakes <= REPORTED) printError(`eyas: ${sentence}; event skipped\n`);
  };
  try {
    for await (const documents of documentsIn({
      path: file,
      reader: await readerFor(config, source),
      most,
      onInvalid,
    })) {
      inbox.offer(documents);
      engine.drain();
      await deliver();
    }
  } catch (error) {
    if (!isOfSystem(error)) throw error;
    if (engine.events === 0) throw new Failure(`Cannot read ${file}: ${error.message}`);
    printError(`eyas: ${file}: ${error.message}\n`);
  }
  if (mistakes > REPORTED) printError(`eyas: ${file}: skipped ${count(mistakes - REPORTED, "more invalid event")}\n`);
}

function locationOf(file: string, { line, part }: InvalidPart): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return part === undefined ? where : `${where}: event ${part}`;
}

/** Whether an error comes from the file system or zlib. Only such errors have a `code`. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
