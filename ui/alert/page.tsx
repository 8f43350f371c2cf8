import type { JSX } from "preact";

export function AlertPage(): JSX.Element {
  return (
    <section class="view">
      <h1>Alert</h1>
    </section>
  );
}
