import type { JSX } from "preact";

export function AlertsPage(): JSX.Element {
  return (
    <section class="view">
      <h1>Alerts</h1>
    </section>
  );
}
