import { signal } from "@preact/signals";
import type { RuleFile } from "../../src/api/schemas/rule.ts";

/** The name under which a text is judged that is in the place of no file. */
export const NEW_FILE = "playground.yaml";

const TEMPLATE = `# Loaded behind the rule files that Eyas runs with: their macros and
# lists can be used here, and a rule of the same name takes the place
# of theirs.
- rule: Shadow file read
  desc: Somebody opened the file with the passwords of this machine.
  condition: >
    evt.type in (open, openat, openat2) and fd.name = /etc/shadow
    and not proc.name in (sshd, login)
  output: "%proc.name read %fd.name | command=%proc.cmdline user=%user.name"
  priority: WARNING
  tags: [filesystem]
`;

/** The file being edited: a loaded file by its name, or {@link NEW_FILE}. It is kept while other views are open. */
export const editedName = signal(NEW_FILE);

/** Texts that differ from what is loaded, by name. */
const drafts = signal<Readonly<Record<string, string>>>({});

/** The text of a name: as it was left, else as it is loaded. */
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
  drafts.value = { ...drafts.value, [name]: text };
}

/** Goes back to what is loaded. */
export function discardDraft(name: string): void {
  const { [name]: _, ...others } = drafts.value;
  drafts.value = others;
}
