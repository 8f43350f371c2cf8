import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import type { RuleDetail, RuleFile, RuleFiles, Sample } from "../../src/api/schemas/rule.ts";
import { api } from "../api/client.ts";
import { messageOf, useResource } from "../shell/resource.ts";
import { navigate, parameters } from "../shell/router.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { visible } from "../text/visible.ts";
import { CaptureSelect, selectedCapture } from "./capture-select.tsx";
import { Diagnostics } from "./diagnostics.tsx";
import { discardDraft, editedName, isChanged, NEW_FILE, setText, textOf } from "./drafts.ts";
import { type Editor, openEditor } from "./editor.ts";
import { type EngineClient, openEngineClient } from "./engine-client.ts";
import { explain, lastRun, startRun, stopRun } from "./last-run.ts";
import type { Checked, RuleScope, Vocabulary } from "./protocol.ts";
import { Results } from "./results.tsx";

/** The state of the playground. */
interface PlaygroundData {
  readonly base: RuleFiles;
  readonly samples: readonly Sample[];
  readonly hostname: string;
}

async function fetchData(signal: AbortSignal): Promise<PlaygroundData> {
  const [base, samples, { hostname }] = await Promise.all([
    api.ruleFiles(signal),
    api.samples(signal),
    api.status(signal),
  ]);
  return { base, samples, hostname };
}

/** Rules are edited, checked and tried on captures, all of it in the browser. */
export function PlaygroundPage(): JSX.Element {
  const ground = useResource("ground", fetchData);
  const { value, failure } = ground.value;
  return (
    <section class="view playground">
      <h1>Playground</h1>
      {value === undefined ? (
        <p class={failure === undefined ? "waiting" : "failure"}>{failure ?? "Loading …"}</p>
      ) : (
        <Workbench ground={value} />
      )}
    </section>
  );
}

/** Milliseconds without a keystroke before the text is checked. */
const SETTLED = 250;

function Workbench({ ground }: { readonly ground: PlaygroundData }): JSX.Element {
  const { base, samples, hostname } = ground;
  const { files } = base;
  const bench = useEngine();
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  const vocabulary = useSignal<Vocabulary | undefined>(undefined);
  const checked = useSignal<Checked | undefined>(undefined);
  const judged = useSignal<RuleScope>("edited");
  const problem = useSignal("");
  const edited = useComputed((): RuleFile => ({ name: editedName.value, text: textOf(editedName.value, files) }));
  const hint = useId();
  const chooser = useId();
  const judgedBy = useId();

  async function run(): Promise<void> {
    problem.value = "";
    try {
      await startRun(bench, edited.value, await selectedCapture(samples), judged.value);
    } catch (error) {
      problem.value = messageOf(error);
    }
  }

  useEffect(() => {
    void bench.request({ ask: "open", base, hostname }).then(
      (words) => {
        vocabulary.value = words;
      },
      (error: unknown) => {
        problem.value = messageOf(error);
      },
    );
    if (place.current === null) return;
    const opened = openEditor({
      parent: place.current,
      text: edited.peek().text,
      label: "Rules, in YAML",
      completionData: () => vocabulary.value && { vocabulary: vocabulary.value, checked: checked.value },
      changed: (text) => setText(editedName.peek(), text),
      run: () => void run(),
    });
    editor.current = opened;
    return () => {
      stopRun();
      opened.close();
    };
  }, []);

  useAddress(files, problem);

  useSignalEffect(() => {
    const now = edited.value;
    editor.current?.setText(now.text);
    const later = setTimeout(
      async () => {
        try {
          const found = await bench.request({ ask: "check", edited: now });
          if (edited.peek() !== now) return;
          checked.value = found;
          editor.current?.setDiagnostics(found.diagnostics.filter(({ file }) => file === now.name));
        } catch (error) {
          problem.value = messageOf(error);
        }
      },
      checked.peek() === undefined ? 0 : SETTLED,
    );
    return () => clearTimeout(later);
  });

  const running = lastRun.value?.state === "running";
  return (
    <div class="workplace">
      <section class="panel writing" aria-labelledby={`${chooser}-heading`}>
        <header>
          <h2 id={`${chooser}-heading`}>Rules</h2>
          <label class="unseen" for={chooser}>
            What to edit
          </label>
          <select
            id={chooser}
            value={editedName.value}
            onChange={({ currentTarget }) => {
              editedName.value = currentTarget.value;
            }}
          >
            <option value={NEW_FILE}>rules of your own</option>
            {files.map(({ name }) => (
              <option key={name} value={name}>
                {visible(shortName(name))}
              </option>
            ))}
          </select>
          <button
            type="button"
            disabled={!isChanged(editedName.value, files)}
            onClick={() => discardDraft(editedName.value)}
          >
            Reset
          </button>
          <button type="button" onClick={() => save(edited.value)}>
            Save as file
          </button>
        </header>
        <div class="editor" ref={place} aria-describedby={hint} />
        <p id={hint} class="quiet hint">
          <kbd>Ctrl</kbd>
          <kbd>Enter</kbd> runs, <kbd>Ctrl</kbd>
          <kbd>Space</kbd> completes. Tab indents: press <kbd>Esc</kbd>, then <kbd>Tab</kbd> to leave the editor.
        </p>
        <Diagnostics
          checked={checked.value}
          edited={editedName.value}
          goTo={({ line, column }) => editor.current?.goTo(line, column)}
        />
      </section>
      <section class="panel trying" aria-label="Trial">
        <form
          class="trial"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <label for={judgedBy}>Try</label>
          <select
            id={judgedBy}
            value={judged.value}
            onChange={({ currentTarget }) => {
              judged.value = currentTarget.value === "all" ? "all" : "edited";
            }}
          >
            <option value="edited">the rules edited here</option>
            <option value="all">all loaded rules with them</option>
          </select>
          <CaptureSelect samples={samples} />
          <div class="actions">
            <button type="submit" class="primary" disabled={checked.value?.ok === false}>
              Run
            </button>
            <button type="button" disabled={!running} onClick={stopRun}>
              Stop
            </button>
          </div>
        </form>
        {problem.value !== "" && (
          <p class="failure" role="alert">
            <Untrusted text={problem.value} />
          </p>
        )}
        <Results explain={(wish) => void explain(bench, wish)} />
      </section>
    </div>
  );
}

/** A worker for as long as the component is there. */
function useEngine(): EngineClient {
  const bench = useMemo(() => openEngineClient(), []);
  useEffect(() => bench.close, [bench]);
  return bench;
}

/** Takes up what the address asks for: `?rule=` to edit a rule, `?file=` to edit a file. Then the address is plain again. */
function useAddress(files: readonly RuleFile[], problem: { value: string }): void {
  const rule = parameters.value.get("rule");
  const file = parameters.value.get("file");
  useEffect(() => {
    if (rule === null && file === null) return;
    navigate("/playground", "replace");
    if (file !== null && files.some(({ name }) => name === file)) editedName.value = file;
    if (rule === null) return;
    api.rule(rule).then(
      (found) => {
        setText(NEW_FILE, ownText(found));
        editedName.value = NEW_FILE;
      },
      (error: unknown) => {
        problem.value = messageOf(error);
      },
    );
  }, [rule, file, files, problem]);
}

/** A rule's text to edit. What other files add to the rule is not in it, which is said where it shows. */
function ownText({ yaml, exceptions }: Pick<RuleDetail, "exceptions" | "yaml">): string {
  const others = exceptions.filter((name) => !yaml.includes(name));
  const note =
    others.length === 0
      ? ""
      : `# Other files add exceptions to this rule, which are not in this text: ${others.join(", ").replace(/\s+/g, " ")}\n`;
  return `${note}${yaml.trimEnd()}\n`;
}

/** The last two parts of a path: enough to know a rule file by. */
function shortName(name: string): string {
  return name.split("/").slice(-2).join("/");
}

/** Gives the text to the browser as a file. */
function save({ name, text }: RuleFile): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name.slice(name.lastIndexOf("/") + 1);
  link.click();
  URL.revokeObjectURL(address);
}
