import type { JSX } from "preact";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import type { CheckResult, RuleDiagnostic } from "./protocol.ts";

interface DiagnosticsProps {
  readonly checked: CheckResult | undefined;
  /** Name of the edited file. Diagnostics in this file link to their position in the editor. */
  readonly edited: string;
  readonly goTo: (diagnostic: RuleDiagnostic) => void;
}

/** Errors and warnings about the rules, in the format of `eyas check`. */
export function Diagnostics({ checked, edited, goTo }: DiagnosticsProps): JSX.Element {
  return (
    <div class="diagnostics">
      <p role="status" class={checked === undefined || checked.ok ? "muted" : "failure"}>
        {checked === undefined ? "Checking…" : summary(checked)}
      </p>
      {checked !== undefined && checked.diagnostics.length > 0 && (
        <ul>
          {checked.diagnostics.map((diagnostic) => (
            <li key={JSON.stringify(diagnostic)} class={diagnostic.severity}>
              <Row diagnostic={diagnostic} edited={edited} goTo={goTo} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface RowProps extends Pick<DiagnosticsProps, "edited" | "goTo"> {
  readonly diagnostic: RuleDiagnostic;
}

function Row({ diagnostic, edited, goTo }: RowProps): JSX.Element {
  const { file, line, column, severity, message, rule, code } = diagnostic;
  return (
    <>
      {file === edited ? (
        <button type="button" class="plain position mono" onClick={() => goTo(diagnostic)}>
          <span class="visually-hidden">Go to </span>
          {line}:{column}
        </button>
      ) : (
        <span class="position mono">
          <Untrusted text={`${file}:${line}:${column}`} />
        </span>
      )}
      <span>
        <b class={severity === "error" ? "failure" : "warning"}>{severity}</b> <Untrusted text={message} />
        {rule !== undefined && (
          <span class="muted">
            {" "}
            (rule “
            <Untrusted text={rule} />
            ”)
          </span>
        )}{" "}
        <span class="muted mono">{code}</span>
      </span>
    </>
  );
}

function summary({ ok, diagnostics, rules }: CheckResult): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const found = [
    ...(errors > 0 ? [quantity(errors, "error")] : []),
    ...(diagnostics.length > errors ? [quantity(diagnostics.length - errors, "warning")] : []),
  ];
  if (!ok) return `Invalid: ${found.join(", ")}.`;
  return `Valid: ${quantity(rules.length, "rule")}${found.length > 0 ? `, ${found.join(", ")}` : ""}.`;
}
