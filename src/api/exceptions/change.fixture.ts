import type { ExceptionRequest } from "../agent-view.ts";
import { changedExceptions } from "./change.ts";
import { type ExceptionEntry, entriesIn } from "./entries.ts";
import type { PastChange } from "./history.ts";

/** The YAML of an exception of a rule. */
export function exceptionOf(rule: string, program: string): string {
  return `- rule: ${rule}
  exceptions:
    - name: by_name
      fields: [proc.name]
      comps: ["="]
      values:
        - [${program}]
  override:
    exceptions: append
`;
}

/** An exceptions file and its history in memory, to which changes are applied. */
export class MemoryFile {
  text: string | undefined;
  changes: readonly PastChange[] = [];
  /** Current time, in milliseconds since the epoch. */
  now = Date.parse("2026-06-01T00:00:00Z");

  constructor(text: string | undefined) {
    this.text = text;
  }

  /** @returns the IDs of the changed exceptions */
  async apply(request: ExceptionRequest): Promise<string[]> {
    const { text, changes, changed } = await changedExceptions(request, this.text, this.changes, this.now);
    [this.text, this.changes] = [text, changes];
    return changed.map(({ id }) => id);
  }

  async add(yaml: string, more: { readonly reason?: string; readonly expires?: string } = {}): Promise<string> {
    const [id = ""] = await this.apply({ change: "add", yaml, user: "ada", ...more });
    return id;
  }

  async entries(): Promise<readonly ExceptionEntry[]> {
    return (await entriesIn(this.text ?? "")).entries;
  }

  /** The ID of an exception and its current version. */
  async known(id: string): Promise<{ readonly id: string; readonly version: string }> {
    return { id, version: (await this.entries()).find((entry) => entry.id === id)?.version ?? "" };
  }
}
