import type { JSX } from "preact";

export function OverviewPage(): JSX.Element {
  return (
    <section class="view">
      <h1>Overview</h1>
    </section>
  );
}
