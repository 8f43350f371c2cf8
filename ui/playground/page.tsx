import { type Signal, useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { RuleDetail, RuleFile, RuleFiles, Sample } from "../../src/api/schemas/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { messageOf, useResource } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { selectedCapture } from "./capture-select.tsx";
import { addToNewFile, editedName, NEW_FILE, textOf } from "./drafts.ts";
import { EditorPanel } from "./editor-panel.tsx";
import { explain, startRun, stopRun } from "./last-run.ts";
import type { CheckResult, RuleScope } from "./protocol.ts";
import { RunPanel } from "./run-panel.tsx";
import { useEngine } from "./use-engine.ts";

/** Initial data of the playground. */
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

/** View for editing rules, checking them and running them on captures, all in the browser. */
export function PlaygroundPage(): JSX.Element {
  const { value, failure } = useResource("playground", fetchData).value;
  return (
    <section class="view playground">
      <h1>Playground</h1>
      {value === undefined ? (
        <p class={failure === undefined ? "waiting" : "failure"}>{failure ?? "Loading…"}</p>
      ) : (
        <Workbench {...value} />
      )}
    </section>
  );
}

function Workbench({ base, samples, hostname }: PlaygroundData): JSX.Element {
  const { files } = base;
  const checked = useSignal<CheckResult | undefined>(undefined);
  const scope = useSignal<RuleScope>("edited");
  const failure = useSignal("");
  const { engine, vocabulary } = useEngine(base, hostname, failure);
  const edited = useComputed((): RuleFile => ({ name: editedName.value, text: textOf(editedName.value, files) }));

  const run = async (): Promise<void> => {
    failure.value = "";
    try {
      await startRun(engine, edited.value, await selectedCapture(samples), scope.value);
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  useEffect(() => stopRun, []);
  useAddress(files, failure);

  return (
    <div class="workbench">
      <EditorPanel {...{ files, edited, engine, vocabulary, checked, failure }} run={() => void run()} />
      <RunPanel
        samples={samples}
        scope={scope}
        isValid={checked.value?.ok !== false}
        failure={failure.value}
        run={() => void run()}
        explain={(target) => void explain(engine, target)}
      />
    </div>
  );
}

/** Opens the rule in `?rule=` or the file in `?file=`, and removes the parameter from the URL. */
function useAddress(files: readonly RuleFile[], failure: Signal<string>): void {
  const rule = parameters.value.get("rule");
  const file = parameters.value.get("file");
  useEffect(() => {
    if (rule === null && file === null) return;
    navigate("/playground", "replace");
    if (file !== null && files.some(({ name }) => name === file)) editedName.value = file;
    if (rule === null) return;
    api.rule(rule).then(
      (found) => {
        addToNewFile(editableText(found));
        editedName.value = NEW_FILE;
      },
      (error: unknown) => {
        failure.value = messageOf(error);
      },
    );
  }, [rule, file, files, failure]);
}

/** Returns the YAML of a rule, with a comment on exceptions that other files add. */
function editableText({ yaml, exceptions }: Pick<RuleDetail, "exceptions" | "yaml">): string {
  const others = exceptions.filter((name) => !yaml.includes(name));
  const note =
    others.length === 0
      ? ""
      : `# Exceptions that other files add to this rule are not included: ${others.join(", ").replace(/\s+/g, " ")}\n`;
  return `${note}${yaml.trimEnd()}\n`;
}
