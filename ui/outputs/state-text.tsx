import type { JSX } from "preact";
import { isGoodOutput, outputStates } from "../../src/output/state.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/** The state of an output. The tooltip explains it. */
export function OutputStateText({ state }: { readonly state: string }): JSX.Element {
  return (
    <span class={isGoodOutput(state) ? "good" : "bad"} title={outputStateHelp(state)}>
      <Untrusted text={state} />
    </span>
  );
}

/** Explains a state of an output; undefined for an unknown state, from another version of Eyas. */
export function outputStateHelp(state: string): string | undefined {
  return Object.entries(outputStates).find(([name]) => name === state)?.[1].help;
}
