import type { JSX } from "preact";

export function UsersPage(): JSX.Element {
  return (
    <section class="view">
      <h1>Users</h1>
    </section>
  );
}
