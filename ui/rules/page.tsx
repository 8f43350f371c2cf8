import type { JSX } from "preact";

export function RulesPage(): JSX.Element {
  return (
    <section class="view">
      <h1>Rules</h1>
    </section>
  );
}
