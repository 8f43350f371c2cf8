import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { UserListing } from "../../src/api/schemas/user.ts";
import { api } from "../../ui-shared/api/client.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { useResource } from "../../ui-shared/page/resource.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { Commands } from "./commands.tsx";
import type { Task } from "./task.ts";
import { TaskDialog } from "./task-dialog.tsx";
import { UserTable } from "./user-table.tsx";

/** Users who sign in with a token: list, add, change role, replace token, remove. For admins. */
export function UsersPage(): JSX.Element {
  const version = useSignal(0);
  const task = useSignal<Task | undefined>(undefined);
  const message = useSignal("");
  const heading = useRef<HTMLHeadingElement>(null);
  /** The button that opened the dialog. */
  const opener = useRef<HTMLElement | undefined>(undefined);
  const isAdmin = hasRole("admin");
  const { value: listing, failure } = useResource(isAdmin ? "users" : "", api.users, version.value).value;
  // The browser restores the focus only if it closes the dialog itself.
  useEffect(() => {
    if (task.value !== undefined || opener.current === undefined) return;
    (opener.current.isConnected ? opener.current : heading.current)?.focus();
    opener.current = undefined;
  }, [task.value]);
  const open = (next: Task): void => {
    if (document.activeElement instanceof HTMLElement) opener.current = document.activeElement;
    message.value = "";
    task.value = next;
  };
  const done = (text: string, next?: Task): void => {
    if (task.peek()?.kind === "remove") opener.current = heading.current ?? undefined; // the row disappears
    message.value = text;
    task.value = next;
    version.value++;
  };
  return (
    <section class="view users">
      <div class="heading">
        <h1 ref={heading} tabIndex={-1}>
          Users
        </h1>
        {isAdmin && (
          <p class="muted">
            Users who sign in with a token. The <a href="/audit">audit log</a> shows{" "}
            <span class="nowrap">sign-ins</span> and changes.
          </p>
        )}
        <span class="gap" />
        {isAdmin && listing?.obstacle === null && (
          <button type="button" onClick={() => open({ kind: "add" })}>
            Add user…
          </button>
        )}
      </div>
      <p role="status" class="good">
        {visible(message.value)}
      </p>
      {listing !== undefined && <Notes listing={listing} />}
      <div class="panel">
        <Cards>
          {!isAdmin ? (
            <p class="muted empty">Only admins can manage users.</p>
          ) : listing === undefined ? (
            <p class="waiting">{visible(failure ?? "Loading…")}</p>
          ) : (
            <UserTable users={listing.users} open={listing.obstacle === null ? open : undefined} />
          )}
        </Cards>
      </div>
      {task.value !== undefined && (
        <TaskDialog
          key={task.value.kind}
          task={task.value}
          done={done}
          close={() => {
            task.value = undefined;
            version.value++; // another admin may have caused an error that the dialog showed
          }}
        />
      )}
    </section>
  );
}

/** Notes on users that are not listed, and on the reason why users cannot be changed here. */
function Notes({ listing: { provider, obstacle } }: { readonly listing: UserListing }): JSX.Element {
  return (
    <>
      {provider !== null && (
        <p class="panel users-note">
          Users who sign in with <Untrusted text={provider} /> are not listed. The provider determines their names and
          roles (<code>web_page.oidc</code>).
        </p>
      )}
      {obstacle !== null && <Commands {...obstacle} />}
    </>
  );
}
