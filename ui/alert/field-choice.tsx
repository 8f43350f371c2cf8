import type { JSX } from "preact";
import type { AlertDetail } from "../../src/api/schemas/alert.ts";
import { changes } from "../../src/field/roles.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { valueText } from "../../ui-shared/text/value.ts";

interface FieldChoiceProps {
  readonly alert: AlertDetail;
  /** Fields to offer; undefined: all fields of the alert with stable values. */
  readonly choices: readonly string[] | undefined;
  readonly selected: readonly string[];
  readonly disabled: boolean;
  readonly select: (fields: readonly string[]) => void;
}

/** Checkboxes for the fields that an exception compares. At least one field stays selected. */
export function FieldChoice({ alert, choices, selected, disabled, select }: FieldChoiceProps): JSX.Element {
  const isStable = (name: string): boolean => !changes(name) && (valueText(alert.fields[name]) ?? "") !== "";
  const names = [...new Set([...selected, ...(choices ?? Object.keys(alert.fields).filter(isStable))])].sort(
    (a, b) => Number(selected.includes(b)) - Number(selected.includes(a)) || (a < b ? -1 : 1),
  );
  return (
    <fieldset class="choice" disabled={disabled}>
      <legend>Exclude alerts with the same values for</legend>
      {names.map((name) => (
        <label key={name} title={name}>
          <input
            type="checkbox"
            checked={selected.includes(name)}
            onChange={({ currentTarget }) => {
              const next = currentTarget.checked ? [...selected, name] : selected.filter((other) => other !== name);
              if (next.length > 0) select(next);
              else currentTarget.checked = true;
            }}
          />
          <span class="mono">
            <Untrusted text={name} />
          </span>
          <span class="muted clipped">
            <Untrusted text={valueText(alert.fields[name]) ?? ""} />
          </span>
        </label>
      ))}
    </fieldset>
  );
}
