import { type IndicatorKind, IndicatorSet } from "../../condition/indicator-set.ts";
import { whyNoWorker } from "../../worker/address-space.ts";
import { heapLimits } from "../../worker/heap.ts";
import { startWorker } from "../../worker/start.ts";
import { fileVersion, type IndicatorContent, type IndicatorFile } from "./read.ts";
import type { IndicatorAnswer } from "./worker.ts";

/** A file in the configuration and the name of the list to which it belongs. Several files can belong to one list. */
export interface IndicatorEntry extends IndicatorFile {
  readonly name: string;
}

/** The state of an indicator file. */
export interface IndicatorFileState extends IndicatorEntry {
  /** Number of indicators. */
  readonly size: number;
  readonly invalid: number;
  /** Reason why the last attempt to read the file failed; undefined if it succeeded. */
  readonly fault: string | undefined;
}

/** Result of a refresh: the state of the files that were read, and one sentence for each error. */
export interface IndicatorChanges {
  readonly files: readonly IndicatorFileState[];
  readonly faults: readonly string[];
}

const NO_ENTRY: IndicatorEntry = { name: "", file: "", kind: "hash" };

/** Maximum heap of a worker in MiB. */
const MAX_HEAP = 2048;

interface Loaded {
  readonly entry: IndicatorEntry;
  content: IndicatorContent | undefined;
  fault: string | undefined;
  /** Version of the file at the last attempt to read it. */
  version: string | undefined;
}

/** Lists of indicators by name. A worker reads the files. When a file has changed, all its indicators are replaced. */
export class IndicatorStore {
  private readonly sets = new Map<string, IndicatorSet>();
  private loaded: Loaded[] = [];
  private messages: string[] = [];

  /** The lists by name, for the conditions of rules. */
  get lists(): ReadonlyMap<string, IndicatorSet> {
    return this.sets;
  }

  states(): IndicatorFileState[] {
    return this.loaded.map(({ entry, content, fault }) => ({
      ...entry,
      size: content?.data.size ?? 0,
      invalid: content?.invalid ?? 0,
      fault,
    }));
  }

  /**
   * Replaces the configured files, and reads files that are new or have changed. @returns one sentence for each error
   */
  async use(entries: readonly IndicatorEntry[]): Promise<readonly string[]> {
    const before = new Map(this.loaded.map((one) => [keyOf(one.entry), one]));
    this.loaded = entries.map(
      (entry) => before.get(keyOf(entry)) ?? { entry, content: undefined, fault: undefined, version: undefined },
    );
    const kinds = new Map<string, IndicatorKind>(entries.map(({ name, kind }) => [name, kind]));
    for (const name of this.sets.keys()) if (!kinds.has(name)) this.sets.delete(name);
    for (const [name, kind] of kinds) {
      if (this.sets.get(name)?.kind !== kind) this.sets.set(name, new IndicatorSet(name, kind));
    }
    this.fill();
    return (await this.refresh()).faults;
  }

  /** Reads files that have changed. */
  async refresh(): Promise<IndicatorChanges> {
    this.messages = [];
    const changed = this.loaded.filter(({ entry, version }) => fileVersion(entry.file) !== version);
    for (const one of changed) await this.read(one);
    if (changed.length > 0) this.fill();
    const read = new Set(changed.map(({ entry }) => entry));
    return {
      files: this.states().filter((_, i) => read.has(this.loaded[i]?.entry ?? NO_ENTRY)),
      faults: this.messages,
    };
  }

  /** Reads a file. If reading fails, the previous content is kept. */
  private async read(one: Loaded): Promise<void> {
    const { file, name } = one.entry;
    const version = fileVersion(file);
    const answer = await readInWorker(one.entry);
    if ("failed" in answer) {
      one.fault = answer.failed;
      // Undefined if the file changed during the attempt, so that the next refresh reads it again.
      one.version = fileVersion(file) === version ? version : undefined;
      const kept =
        one.content === undefined
          ? "the list does not contain indicators from this file"
          : "the previously loaded indicators from this file remain in use";
      this.messages.push(`Cannot read ${file} for the indicator list ${name}: ${answer.failed}; ${kept}.`);
      return;
    }
    const { content } = answer;
    one.content = content;
    one.version = content.version;
    one.fault = undefined;
    for (const example of content.examples) this.messages.push(example);
    if (content.invalid > content.examples.length)
      this.messages.push(`${file}: ${content.invalid} lines or objects are invalid and ignored.`);
  }

  private fill(): void {
    const byName = Map.groupBy(this.loaded, ({ entry }) => entry.name);
    for (const [name, set] of this.sets) {
      set.replace((byName.get(name) ?? []).flatMap(({ content }) => (content === undefined ? [] : [content.data])));
    }
  }
}

function keyOf({ name, file, kind }: IndicatorEntry): string {
  return JSON.stringify([name, file, kind]);
}

async function readInWorker({ file, kind }: IndicatorFile): Promise<IndicatorAnswer> {
  const reason = whyNoWorker();
  if (reason !== undefined) return { failed: `a worker ${reason}` };
  const worker = startWorker(new URL("./worker.ts", import.meta.url), {
    workerData: { file, kind } satisfies IndicatorFile,
    resourceLimits: heapLimits(MAX_HEAP),
  });
  if (typeof worker === "string") return { failed: worker };
  worker.unref();
  const { promise, resolve } = Promise.withResolvers<IndicatorAnswer>();
  // Keeps the process alive during a replay, which has no other timers or handles.
  const alive = setInterval(() => {}, 1000);
  worker.once("message", resolve);
  worker.once("error", (error) => resolve({ failed: error instanceof Error ? error.message : String(error) }));
  worker.once("exit", () => resolve({ failed: "the worker exited" }));
  try {
    return await promise;
  } finally {
    clearInterval(alive);
    void worker.terminate();
  }
}
