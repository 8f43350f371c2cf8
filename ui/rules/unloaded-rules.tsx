import type { JSX } from "preact";
import type { RuleSettings } from "../../src/api/schemas/rule-setting.ts";
import { api } from "../../ui-shared/api/client.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/**
 * Rules from the web UI that are not loaded, and rules that were removed in the web UI and can be restored. Not shown
 * if there are none.
 */
export function UnloadedRules(): JSX.Element | null {
  const { value } = useResource("rule-settings", (signal) => api.ruleSettings(signal)).value;
  if (value === undefined) return null;
  const unloaded = value.rules.flatMap(({ rule, ruleExists }) => (ruleExists ? [] : [rule]));
  const removed = removedRules(value);
  return (
    <>
      {value.problem !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={value.problem} />
        </p>
      )}
      <Names title={`${quantity(unloaded.length, "rule")} from the web UI not loaded`} names={unloaded} isOpen />
      <Names title={`${quantity(removed.length, "rule")} removed in the web UI`} names={removed} />
    </>
  );
}

/** Returns the rules that were created and removed in the web UI, and whose removal can be reverted. */
function removedRules({ changes }: RuleSettings): readonly string[] {
  return changes.flatMap(({ rule, before, after, version }) =>
    after === undefined && before?.yaml !== undefined && version !== undefined ? [rule] : [],
  );
}

interface NamesProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly isOpen?: boolean;
}

function Names({ title, names, isOpen = false }: NamesProps): JSX.Element | null {
  if (names.length === 0) return null;
  return (
    <details open={isOpen} class="panel load-warnings">
      <summary>{title}</summary>
      <ul>
        {names.map((name) => (
          <li key={name}>
            <a href={`/rules/${encodeURIComponent(name)}`}>
              <Untrusted text={name} />
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}
