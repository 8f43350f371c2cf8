import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RuleChange, RuleSetting, RuleSettings } from "../../src/api/schemas/rule-setting.ts";
import { api } from "../../ui-shared/api/client.ts";
import { status } from "../../ui-shared/api/live.ts";
import { messageOf, useResource } from "../../ui-shared/page/resource.ts";
import { navigate } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";
import { LineDiff } from "./line-diff.tsx";
import { SettingDialog } from "./setting-dialog.tsx";

interface SettingPanelProps {
  /** Name of the rule, which may not be loaded. */
  readonly rule: string;
  readonly isLoaded: boolean;
  /** Called after a change, when the rules have been reloaded. */
  readonly changed: () => void;
}

/** The setting of a rule in the web UI, with user, time, reason and the last changes. */
export function SettingPanel({ rule, isLoaded, changed }: SettingPanelProps): JSX.Element {
  const version = useSignal(0);
  const message = useSignal("");
  const notice = useRef<HTMLParagraphElement>(null);
  const { value, failure } = useResource(rule, (signal) => api.ruleSettings(signal), version.value).value;
  const done = (text: string): void => {
    message.value = text;
    version.value++;
    changed();
  };
  // The focus moves to the result, since the button of the change may no longer exist.
  useEffect(() => {
    if (message.value !== "") notice.current?.focus();
  }, [message.value, version.value]);
  return (
    <Panel title="Changes made in the web UI">
      <p role="status" class="good notice" tabIndex={-1} ref={notice}>
        {message.value}
      </p>
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {value === undefined ? (
        failure === undefined && <p class="waiting">Loading…</p>
      ) : (
        <Settings rule={rule} isLoaded={isLoaded} settings={value} done={done} />
      )}
    </Panel>
  );
}

interface SettingsProps {
  readonly rule: string;
  readonly isLoaded: boolean;
  readonly settings: RuleSettings;
  readonly done: (text: string) => void;
}

function Settings({ rule, isLoaded, settings: { problem, rules, changes }, done }: SettingsProps): JSX.Element {
  /** The open dialog, with the setting as shown when the dialog was opened. */
  const open = useSignal<{ readonly seen: RuleSetting | undefined } | undefined>(undefined);
  const setting = rules.find((one) => one.rule === rule);
  const own = changes.filter((change) => change.rule === rule);
  const canChange = hasRole("admin") && problem === undefined && status.value?.watching === true;
  const close = (): void => {
    open.value = undefined;
  };
  return (
    <>
      {problem !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={problem} />
        </p>
      )}
      {setting === undefined ? (
        <p class="muted">This rule has not been changed in the web UI.</p>
      ) : (
        <CurrentSetting setting={setting} />
      )}
      {setting?.ruleExists === false && <p class="warning">The rule is not loaded. The log states the reason.</p>}
      {canChange && (
        <div class="rule-actions">
          {isLoaded && (
            <button
              type="button"
              onClick={() => {
                open.value = { seen: setting };
              }}
            >
              Change…
            </button>
          )}
          {setting?.revertible !== false && own[0]?.version !== undefined && (
            <SendButton
              label="Revert last change"
              send={() => api.revertRule(rule, own[0]?.version ?? "")}
              done={() => done("The last change was reverted, and the rules were reloaded.")}
            />
          )}
          {setting !== undefined && (
            <SendButton
              label={setting.yaml === undefined ? "Reset" : "Remove rule"}
              send={() => api.setRule(rule, { version: setting.version })}
              done={() => {
                // A rule that was created in the web UI no longer exists, unless a rule file also contains the rule.
                if (setting.yaml !== undefined) navigate("/rules");
                else done("The change was removed. The rule files and the configuration apply again.");
              }}
            />
          )}
        </div>
      )}
      {own.length > 0 && <Changes changes={own} />}
      {open.value !== undefined && (
        <SettingDialog
          rule={rule}
          setting={open.value.seen}
          done={(text) => {
            close();
            done(text);
          }}
          close={close}
        />
      )}
    </>
  );
}

function CurrentSetting({ setting: { state, priority, yaml, user, time, reason } }: { readonly setting: RuleSetting }) {
  return (
    <dl class="figures">
      {state !== undefined && (
        <div>
          <dt>State</dt>
          <dd>{state}</dd>
        </div>
      )}
      {priority !== undefined && (
        <div>
          <dt>Priority</dt>
          <dd>{priority}</dd>
        </div>
      )}
      {yaml !== undefined && (
        <div>
          <dt>Text</dt>
          <dd>edited in the web UI</dd>
        </div>
      )}
      <div>
        <dt>Changed</dt>
        <dd>
          <Time iso={time} milliseconds={false} /> by <Untrusted text={user} />
        </dd>
      </div>
      {reason !== undefined && (
        <div>
          <dt>Reason</dt>
          <dd>
            <Untrusted text={reason} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The last changes of a rule, the latest first. */
function Changes({ changes }: { readonly changes: readonly RuleChange[] }): JSX.Element {
  return (
    <details>
      <summary>History</summary>
      <ol class="rule-changes">
        {changes.map((change, i) => (
          <li key={i}>
            <Time iso={change.time} milliseconds={false} /> by <Untrusted text={change.user} />: {changeText(change)}
            {change.reason !== undefined && (
              <>
                {" ("}
                <Untrusted text={change.reason} />)
              </>
            )}
            {change.before?.yaml !== change.after?.yaml && (
              <LineDiff before={change.before?.yaml ?? ""} after={change.after?.yaml ?? ""} />
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Description of a change. */
export function changeText({ before, after }: Pick<RuleChange, "after" | "before">): string {
  if (after === undefined) return before?.yaml === undefined ? "reset" : "removed";
  const parts = [
    ...(before?.state === after.state ? [] : [`state ${after.state ?? "reset"}`]),
    ...(before?.priority === after.priority ? [] : [`priority ${after.priority ?? "reset"}`]),
    ...(before?.yaml === after.yaml ? [] : [after.yaml === undefined ? "text reset" : "text edited"]),
  ];
  return parts.length === 0 ? "saved again" : parts.join(", ");
}

interface SendButtonProps {
  readonly label: string;
  readonly send: () => Promise<unknown>;
  readonly done: () => void;
}

/** A button that sends a change, and shows why it was rejected. */
function SendButton({ label, send, done }: SendButtonProps): JSX.Element {
  const failure = useSignal("");
  const isRunning = useSignal(false);
  const run = async (): Promise<void> => {
    if (isRunning.peek()) return;
    isRunning.value = true;
    failure.value = "";
    try {
      await send();
      done();
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      isRunning.value = false;
    }
  };
  return (
    <>
      <button type="button" aria-disabled={isRunning.value} onClick={() => void run()}>
        {label}
      </button>
      {failure.value !== "" && (
        <p class="failure" role="alert">
          <Untrusted text={failure.value} />
        </p>
      )}
    </>
  );
}
