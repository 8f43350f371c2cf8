import { type NotifierParameter, notifierParameters, notifierVerdict } from "../src/response/notifier/list.ts";
import { talonParameters } from "../src/response/rule/talon-parameters.ts";
import { referenceActions } from "../src/response/rule/talon-reference.fixture.ts";
import { markdownTable, type Write } from "./table.ts";

/** The tables about Falco Talon in docs/compatibility.md. */
export const talonTables: Readonly<Record<string, Write>> = {
  "talon-actions": () =>
    markdownTable(
      ["action", "same", "absent"],
      Object.entries(referenceActions).map(([action, parameters]) => {
        const absent = talonParameters[action] ?? {};
        const same = Object.keys(parameters).filter((name) => !Object.hasOwn(absent, name));
        return [
          `\`${action}\``,
          names(same),
          Object.entries(absent)
            .map(([name, { use }]) => `\`${name}\`: ${use}`)
            .join("; "),
        ];
      }),
    ),
  "talon-notifiers": () =>
    markdownTable(
      ["notifier", "output", "same", "different by design", "absent"],
      Object.entries(notifierParameters).map(([notifier, parameters]) => {
        const of = (verdict: ReturnType<typeof notifierVerdict>): string =>
          Object.entries(parameters)
            .filter(([, parameter]) => notifierVerdict(parameter) === verdict)
            .map(([name, parameter]) => describe(name, parameter))
            .join("; ");
        const isOutput = Object.keys(parameters).length > 0;
        return [
          `\`${notifier}\``,
          isOutput ? `\`outputs.${notifier}\`` : "an Event for the pod of the alert",
          ...[of("same"), of("different"), of("absent")],
        ];
      }),
    ),
};

function names(all: readonly string[]): string {
  return all.map((name) => `\`${name}\``).join(", ");
}

function describe(name: string, { key, use }: NotifierParameter): string {
  const becomes = key === undefined || key === name ? `\`${name}\`` : `\`${name}\` is \`${key}\``;
  return use === undefined ? becomes : `${becomes}: ${use}`;
}
