import { signal } from "@preact/signals";
import type { RuleFile } from "../../src/api/schemas/rule.ts";
import { readStored, writeStored } from "../../ui-shared/page/stored.ts";

/** Name of a new rule file. No loaded file has this name. */
export const NEW_FILE = "playground.yaml";

const TEMPLATE = `# This file is loaded after the rule files of the agent, and can use their
# macros and lists. A rule with the same name replaces the loaded rule.
- rule: Shadow file read
  desc: A process opened the file with the password hashes of this machine.
  condition: >
    evt.type in (open, openat, openat2) and fd.name = /etc/shadow
    and not proc.name in (sshd, login)
  output: "%proc.name read %fd.name | command=%proc.cmdline user=%user.name"
  priority: WARNING
  tags: [filesystem]
`;

/** Name of the edited file: a loaded file or {@link NEW_FILE}. Kept while other views are open. */
export const editedName = signal(NEW_FILE);

/** Storage key of the drafts, which survive a reload of the page. */
const KEY = "eyas-drafts";

/** Edited text by file name. */
const drafts = signal<Readonly<Record<string, string>>>(draftsIn(readStored(KEY)));

/** The stored drafts; none if they are not valid. */
function draftsIn(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => isDraft(entry)));
  } catch {
    return {};
  }
}

function isDraft([, text]: readonly [string, unknown]): boolean {
  return typeof text === "string";
}

/**
 * Replaces the drafts. If the browser cannot store all of them, the longest ones are kept only until the page is
 * closed.
 */
function setDrafts(next: Readonly<Record<string, string>>): void {
  drafts.value = next;
  const shortest = Object.entries(next).sort(([, one], [, other]) => one.length - other.length);
  while (shortest.length > 0 && !writeStored(KEY, JSON.stringify(Object.fromEntries(shortest)))) shortest.pop();
  if (shortest.length === 0) writeStored(KEY, undefined);
}

/** Returns the text of a file: the draft, or the loaded text if the file has no draft. */
export function textOf(name: string, files: readonly RuleFile[]): string {
  const draft = Object.hasOwn(drafts.value, name) ? drafts.value[name] : undefined;
  return draft ?? loadedText(name, files);
}

function loadedText(name: string, files: readonly RuleFile[]): string {
  return name === NEW_FILE ? TEMPLATE : (files.find((file) => file.name === name)?.text ?? "");
}

export function isChanged(name: string, files: readonly RuleFile[]): boolean {
  return textOf(name, files) !== loadedText(name, files);
}

export function setText(name: string, text: string): void {
  setDrafts({ ...drafts.value, [name]: text });
}

/** Adds a rule to the draft of the new file, unless the draft has the rule. Without a draft, replaces the template. */
export function addToNewFile(rule: string): void {
  const draft = textOf(NEW_FILE, []).trimEnd();
  if (draft === "" || !isChanged(NEW_FILE, [])) setText(NEW_FILE, rule);
  else if (!draft.split("\n").some((line) => line.startsWith("- rule:") && rule.split("\n").includes(line)))
    setText(NEW_FILE, `${draft}\n\n${rule}`);
}

/** Restores the loaded text. */
export function discardDraft(name: string): void {
  const { [name]: _, ...others } = drafts.value;
  setDrafts(others);
}
