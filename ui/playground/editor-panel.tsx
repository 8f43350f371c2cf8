import { type ReadonlySignal, type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { RuleFile } from "../../src/api/schemas/rule.ts";
import { status } from "../../ui-shared/api/live.ts";
import { download } from "../../ui-shared/page/download.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { navigate } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { Diagnostics } from "./diagnostics.tsx";
import { discardDraft, editedName, isChanged, NEW_FILE, setText, textOf } from "./drafts.ts";
import { type Editor, openEditor } from "./editor.ts";
import type { EngineClient } from "./engine-client.ts";
import type { CheckResult, Vocabulary } from "./protocol.ts";
import { SaveDialog, SavedNotice } from "./save-dialog.tsx";

/** Milliseconds from the last key press until the text is checked. */
const DEBOUNCE = 250;

interface EditorPanelProps {
  /** Loaded rule files. */
  readonly files: readonly RuleFile[];
  readonly edited: ReadonlySignal<RuleFile>;
  readonly engine: EngineClient;
  readonly vocabulary: ReadonlySignal<Vocabulary | undefined>;
  /** Set after each check of the edited file. */
  readonly checked: Signal<CheckResult | undefined>;
  readonly failure: Signal<string>;
  readonly run: () => void;
}

/** Editor for a rule file, with the diagnostics of its text. */
export function EditorPanel(props: EditorPanelProps): JSX.Element {
  const { files, edited, checked, failure } = props;
  const container = useRef<HTMLDivElement>(null);
  const notice = useRef<HTMLParagraphElement>(null);
  /** The rule that the user is saving, with the text at that time. */
  const saving = useSignal<{ readonly rule: string; readonly edited: RuleFile } | undefined>(undefined);
  const saved = useSignal<{ readonly rule: string; readonly text: string } | undefined>(undefined);
  const rule = savedRule(edited.value, checked.value);
  useEffect(() => {
    if (saved.value !== undefined) notice.current?.focus();
  }, [saved.value]);
  const { editor, check } = useEditor(container, props);
  const id = useId();
  const save = async (): Promise<void> => {
    const file = edited.peek();
    try {
      const rule = savedRule(file, await check(file)); // the last check may be of an earlier text
      if (rule !== undefined) saving.value = { rule, edited: file };
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  return (
    <section class="panel editing" aria-labelledby={`${id}-heading`}>
      <header>
        <h2 id={`${id}-heading`}>Rules</h2>
        <label class="visually-hidden" for={`${id}-file`}>
          Rule file
        </label>
        <select
          id={`${id}-file`}
          value={editedName.value}
          onChange={({ currentTarget }) => {
            editedName.value = currentTarget.value;
          }}
        >
          <option value={NEW_FILE}>New file</option>
          {files.map(({ name }) => (
            <option key={name} value={name}>
              {visible(shortPath(name))}
            </option>
          ))}
        </select>
        <span class="file-actions">
          <button
            type="button"
            disabled={!isChanged(editedName.value, files)}
            onClick={() => discardDraft(editedName.value)}
          >
            Discard changes
          </button>
          <button type="button" onClick={() => downloadRules(edited.value)}>
            Download
          </button>
          {rule !== undefined && (
            <button type="button" class="primary" onClick={() => void save()}>
              Save rule…
            </button>
          )}
        </span>
      </header>
      <p role="status" class="good notice" tabIndex={-1} ref={notice}>
        {saved.value !== undefined && <SavedNotice {...saved.value} />}
      </p>
      {saving.value !== undefined && (
        <SaveDialog
          {...saving.value}
          done={(text) => {
            const { rule, edited } = saving.value ?? {};
            saving.value = undefined;
            if (rule === undefined || edited === undefined) return;
            saved.value = { rule, text };
            if (textOf(edited.name, files) === edited.text) discardDraft(edited.name);
            // The loaded text of the file is outdated now.
            if (edited.name !== NEW_FILE) navigate(`/rules/${encodeURIComponent(rule)}`);
          }}
          close={() => {
            saving.value = undefined;
          }}
        />
      )}
      <div class="editor" ref={container} aria-describedby={`${id}-hint`} />
      <p id={`${id}-hint`} class="muted hint">
        <kbd>Ctrl</kbd>
        <kbd>Enter</kbd> runs the rules, <kbd>Ctrl</kbd>
        <kbd>Space</kbd> shows completions. <kbd>Tab</kbd> indents; <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the
        editor.
      </p>
      <Diagnostics
        checked={checked.value}
        edited={editedName.value}
        goTo={({ line, column }) => editor.current?.goTo(line, column)}
      />
    </section>
  );
}

/**
 * Opens the editor in a container, and checks its text whenever it changes.
 * @returns the editor, and a function that checks a text and shows the result if the text has not changed since
 */
function useEditor(container: { readonly current: HTMLDivElement | null }, props: EditorPanelProps) {
  const { edited, engine, vocabulary, checked, failure, run } = props;
  const editor = useRef<Editor>(undefined);
  useEffect(() => {
    if (container.current === null) return;
    const opened = openEditor({
      parent: container.current,
      text: edited.peek().text,
      label: "Rules, in YAML",
      completionData: () => vocabulary.value && { vocabulary: vocabulary.value, checked: checked.value },
      onChange: (text) => setText(editedName.peek(), text),
      run,
    });
    editor.current = opened;
    return () => opened.close();
  }, []);

  async function check(file: RuleFile): Promise<CheckResult> {
    const result = await engine.request({ kind: "check", edited: file });
    if (edited.peek() === file) {
      checked.value = result;
      editor.current?.setDiagnostics(result.diagnostics.filter((diagnostic) => diagnostic.file === file.name));
    }
    return result;
  }

  useSignalEffect(() => {
    const file = edited.value;
    editor.current?.setText(file.text);
    const timer = setTimeout(
      () => {
        check(file).catch((error: unknown) => {
          failure.value = messageOf(error);
        });
      },
      checked.peek() === undefined ? 0 : DEBOUNCE,
    );
    return () => clearTimeout(timer);
  });
  return { editor, check };
}

/** Matches the names of rule files from the web UI. */
const PAGE_FILE = /^page\//;

/** Returns the name of the rule that the user can save: the only rule of a new file, or of a file from the web UI. */
function savedRule({ name }: RuleFile, checked: CheckResult | undefined): string | undefined {
  if (!hasRole("admin") || status.value?.watching !== true || checked?.ok !== true) return undefined;
  const [only, ...more] = checked.rules;
  return more.length === 0 && (name === NEW_FILE || PAGE_FILE.test(name)) ? only?.name : undefined;
}

/** Returns a file name with its directory. */
function shortPath(path: string): string {
  return path.split("/").slice(-2).join("/");
}

/** Downloads a rule file. */
function downloadRules({ name, text }: RuleFile): void {
  download(name.slice(name.lastIndexOf("/") + 1), text, "application/yaml");
}
