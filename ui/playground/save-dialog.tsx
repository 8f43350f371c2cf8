import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { RuleFile } from "../../src/api/schemas/rule.ts";
import type { RuleSetting } from "../../src/api/schemas/rule-setting.ts";
import { api } from "../../ui-shared/api/client.ts";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { useResource } from "../../ui-shared/page/resource.ts";
import { RuleChangeDialog } from "../../ui-shared/rule/change-dialog.tsx";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { LineDiff } from "../rules/line-diff.tsx";
import { STATES, stateIn } from "../rules/states.ts";
import { lastRun } from "./last-run.ts";

/** Maximum number of characters of a reason. */
const MAX_REASON = 500;

interface SaveDialogProps {
  readonly rule: string;
  readonly edited: RuleFile;
  readonly done: (text: string) => void;
  readonly close: () => void;
}

/** The rule before it is saved. */
interface Known {
  /** The setting of the rule in the web UI. */
  readonly setting: RuleSetting | undefined;
  /** The text of the loaded rule; undefined for a new rule. */
  readonly before: string | undefined;
}

async function fetchKnown(rule: string, signal: AbortSignal): Promise<Known> {
  const [{ rules }, all] = await Promise.all([api.ruleSettings(signal), api.rules(signal)]);
  const isLoaded = all.rules.some(({ name }) => name === rule);
  const before = isLoaded ? (await api.rule(rule, signal)).yaml : undefined;
  return { setting: rules.find((one) => one.rule === rule), before };
}

/** Dialog that saves a rule of the playground: its state, and the difference from the loaded rule. */
export function SaveDialog(props: SaveDialogProps): JSX.Element {
  const { rule, close } = props;
  const { value, failure } = useResource(`save ${rule}`, (signal) => fetchKnown(rule, signal)).value;
  if (value !== undefined) return <SaveForm {...props} {...value} />;
  return (
    <Dialog title="Save rule" close={close}>
      <p class={failure === undefined ? "waiting" : "failure"}>{failure ?? "Loading…"}</p>
    </Dialog>
  );
}

function SaveForm({ rule, edited, setting, before, done, close }: SaveDialogProps & Known): JSX.Element {
  const id = useId();
  const text = edited.text.trimEnd();
  const send = (form: HTMLFormElement): Promise<unknown> => {
    const data = new FormData(form);
    const state = stateIn(data.get("state"));
    const reason = String(data.get("reason") ?? "").trim();
    return api.setRule(rule, {
      version: setting?.version ?? "",
      yaml: `${text}\n`,
      ...(state !== undefined && { state }),
      ...(setting?.priority !== undefined && { priority: setting.priority }),
      ...(reason !== "" && { reason }),
    });
  };
  const initial = setting?.state ?? (before === undefined ? "shadow" : "");
  return (
    <RuleChangeDialog
      {...{ rule, done, close, send }}
      title="Save rule"
      action="Save"
      result="The rule was saved, and the rules were reloaded."
    >
      <p class="muted">{runText(rule, edited)}</p>
      <label for={`${id}-state`}>State</label>
      <select id={`${id}-state`} name="state">
        <option value="" selected={initial === ""}>
          From the rule text and the configuration
        </option>
        {STATES.map(([state, label]) => (
          <option key={state} value={state} selected={state === initial}>
            {label}
          </option>
        ))}
      </select>
      <label for={`${id}-reason`}>Reason (optional)</label>
      <input id={`${id}-reason`} name="reason" maxLength={MAX_REASON} autocomplete="off" />
      {before === undefined ? (
        <p class="muted">This is a new rule.</p>
      ) : (
        <>
          <p>Changes to the loaded rule:</p>
          <LineDiff before={before.trimEnd()} after={text} />
        </>
      )}
    </RuleChangeDialog>
  );
}

/** Describes the result of the last run, if the run used the edited text. */
function runText(rule: string, edited: RuleFile): string {
  const run = lastRun.value;
  if (run?.state !== "done" || run.edited.text !== edited.text || run.result === undefined)
    return "This version has not been run on a capture.";
  const count = run.result.byRule.find((one) => one.rule === rule)?.count ?? 0;
  return `In the last run, this rule raised ${quantity(count, "alert")} for ${quantity(run.events, "event")}.`;
}

/** Notice that a rule was saved, with a link to the rule. */
export function SavedNotice({ rule, text }: { readonly rule: string; readonly text: string }): JSX.Element {
  return (
    <>
      {text}{" "}
      <a href={`/rules/${encodeURIComponent(rule)}`}>
        <Untrusted text={rule} />
      </a>
    </>
  );
}
