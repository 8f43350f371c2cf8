import type { JSX } from "preact";
import { session } from "../../ui-shared/page/session.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import type { ListedUser, Task } from "./task.ts";

/** Buttons that change a user: the label, and the preposition before the name for screen readers. */
const CHANGES = [
  ["role", "Change role", "of "],
  ["renew", "New token", "for "],
  ["remove", "Remove", ""],
] as const;

interface UserTableProps {
  readonly users: readonly ListedUser[];
  /** Opens a dialog; undefined if users cannot be changed. */
  readonly open: ((task: Task) => void) | undefined;
}

/** Users by name, with their roles. */
export function UserTable({ users, open }: UserTableProps): JSX.Element {
  if (users.length === 0) return <p class="muted empty">No users.</p>;
  return (
    <table class="lined">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">Token created</th>
          {open !== undefined && (
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {users
          .toSorted((one, other) => (one.name < other.name ? -1 : 1))
          .map((user) => (
            <Row key={user.name} user={user} open={open} />
          ))}
      </tbody>
    </table>
  );
}

function Row({ user, open }: { readonly user: ListedUser } & Pick<UserTableProps, "open">): JSX.Element {
  const { name, role, created } = user;
  return (
    <tr>
      <th scope="row">
        <Untrusted text={name} />
        {name === session.value?.user && <span class="muted"> (you)</span>}
      </th>
      <td>{role}</td>
      <td class="nowrap">
        {created === undefined ? <span class="muted">unknown</span> : <Time iso={created} milliseconds={false} />}
      </td>
      {open !== undefined && (
        <td class="user-changes">
          {CHANGES.map(([kind, label, before]) => (
            <button
              key={kind}
              type="button"
              aria-label={`${label} ${before}${visible(name)}`}
              onClick={() => open({ kind, user })}
            >
              {label}…
            </button>
          ))}
        </td>
      )}
    </tr>
  );
}
