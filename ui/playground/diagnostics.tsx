import type { JSX } from "preact";
import { quantity } from "../text/number.ts";
import { Untrusted } from "../text/untrusted.tsx";
import type { Checked, RuleDiagnostic } from "./protocol.ts";

interface DiagnosticsProps {
  readonly checked: Checked | undefined;
  /** The file that is edited: remarks on it lead to their place. */
  readonly edited: string;
  readonly goTo: (remark: RuleDiagnostic) => void;
}

/** What there is to say of the rules, as `eyas check` says it. */
export function Diagnostics({ checked, edited, goTo }: DiagnosticsProps): JSX.Element {
  return (
    <div class="remarks">
      <p role="status" class={checked === undefined || checked.ok ? "quiet" : "failure"}>
        {checked === undefined ? "Checking …" : summary(checked)}
      </p>
      {checked !== undefined && checked.diagnostics.length > 0 && (
        <ul>
          {checked.diagnostics.map((remark) => (
            <li key={JSON.stringify(remark)} class={remark.severity}>
              <One remark={remark} edited={edited} goTo={goTo} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function One({
  remark,
  edited,
  goTo,
}: { remark: RuleDiagnostic } & Pick<DiagnosticsProps, "edited" | "goTo">): JSX.Element {
  const { file, line, column, severity, message, rule, code } = remark;
  const place = `${file}:${line}:${column}`;
  return (
    <>
      {file === edited ? (
        <button type="button" class="plain place mono" onClick={() => goTo(remark)}>
          <span class="unseen">Go to </span>
          {line}:{column}
        </button>
      ) : (
        <span class="place mono">
          <Untrusted text={place} />
        </span>
      )}
      <span>
        <b class={severity === "error" ? "failure" : "warning"}>{severity}</b> <Untrusted text={message} />
        {rule !== undefined && (
          <span class="quiet">
            {" "}
            (rule “
            <Untrusted text={rule} />
            ”)
          </span>
        )}{" "}
        <span class="quiet mono">{code}</span>
      </span>
    </>
  );
}

function summary({ ok, diagnostics, rules }: Checked): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const found = [
    ...(errors > 0 ? [quantity(errors, "error")] : []),
    ...(diagnostics.length > errors ? [quantity(diagnostics.length - errors, "warning")] : []),
  ];
  if (!ok) return `Refused: ${found.join(", ")}.`;
  return `Valid: ${quantity(rules.length, "rule")}${found.length > 0 ? `, ${found.join(", ")}` : ""}.`;
}
