import type { JSX } from "preact";

export function CoveragePage(): JSX.Element {
  return (
    <section class="view">
      <h1>Coverage</h1>
    </section>
  );
}
