import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { RuleSetting } from "../../src/api/schemas/rule-setting.ts";
import { priorities } from "../../src/rule/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { RuleChangeDialog } from "../../ui-shared/rule/change-dialog.tsx";
import { STATES, stateIn } from "./states.ts";

/** Maximum number of characters of a reason. */
const MAX_REASON = 500;

interface SettingDialogProps {
  readonly rule: string;
  /** The setting as shown to the user. The change is rejected if the setting now has another version. */
  readonly setting: RuleSetting | undefined;
  readonly done: (text: string) => void;
  readonly close: () => void;
}

/** Dialog that sets the state and the priority of a rule. */
export function SettingDialog({ rule, setting, done, close }: SettingDialogProps): JSX.Element {
  const id = useId();
  const send = (form: HTMLFormElement): Promise<unknown> => {
    const data = new FormData(form);
    const state = stateIn(data.get("state"));
    const priority = priorities.find((one) => one === data.get("priority"));
    const reason = String(data.get("reason") ?? "").trim();
    return api.setRule(rule, {
      version: setting?.version ?? "",
      ...(state !== undefined && { state }),
      ...(priority !== undefined && { priority }),
      ...(setting?.yaml !== undefined && { yaml: setting.yaml }),
      ...(reason !== "" && { reason }),
    });
  };
  return (
    <RuleChangeDialog
      {...{ rule, done, close, send }}
      title="Change rule"
      action="Save"
      result="The rule was changed, and the rules were reloaded."
    >
      <label for={`${id}-state`}>State</label>
      <select id={`${id}-state`} name="state" defaultValue={setting?.state ?? ""}>
        <option value="">From the rule files and the configuration</option>
        {STATES.map(([state, label]) => (
          <option key={state} value={state} selected={state === setting?.state}>
            {label}
          </option>
        ))}
      </select>
      <label for={`${id}-priority`}>Priority</label>
      <select id={`${id}-priority`} name="priority" defaultValue={setting?.priority ?? ""}>
        <option value="">From the rule file</option>
        {priorities.map((priority) => (
          <option key={priority} value={priority} selected={priority === setting?.priority}>
            {priority}
          </option>
        ))}
      </select>
      <label for={`${id}-reason`}>Reason (optional)</label>
      <input id={`${id}-reason`} name="reason" maxLength={MAX_REASON} autocomplete="off" />
    </RuleChangeDialog>
  );
}
