import type { JSX } from "preact";

export function PlaygroundPage(): JSX.Element {
  return (
    <section class="view">
      <h1>Playground</h1>
    </section>
  );
}
