import type { JSX } from "preact";

export function ResponsesPage(): JSX.Element {
  return (
    <section class="view">
      <h1>Responses</h1>
    </section>
  );
}
