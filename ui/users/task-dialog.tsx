import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Role } from "../../src/api/user.ts";
import { api } from "../../ui-shared/api/client.ts";
import { continueWith } from "../../ui-shared/api/request.ts";
import { session } from "../../ui-shared/page/session.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { ChangeDialog } from "./change-dialog.tsx";
import { isRole, permissions, roles } from "./roles.ts";
import type { ListedUser, Task } from "./task.ts";
import { TokenDialog } from "./token-dialog.tsx";

interface DialogProps {
  /** Called after a change, with a message for the user. @param next the dialog that follows */
  readonly done: (message: string, next?: Task) => void;
  readonly close: () => void;
}

/** The dialog for a task. */
export function TaskDialog({ task, ...props }: DialogProps & { readonly task: Task }): JSX.Element {
  if (task.kind === "add") return <AddDialog {...props} />;
  if (task.kind === "token") return <TokenDialog {...task} close={props.close} />;
  const Changing = { role: RoleDialog, renew: RenewDialog, remove: RemoveDialog }[task.kind];
  return <Changing user={task.user} {...props} />;
}

function AddDialog({ done, close }: DialogProps): JSX.Element {
  const id = useId();
  const add = async (form: FormData): Promise<void> => {
    const name = String(form.get("name")).trim();
    const { token } = await api.addUser(name, roleIn(form));
    done(`Added ${name}.`, { kind: "token", name, token });
  };
  return (
    <ChangeDialog title="Add user" label="Add user" change={add} close={close}>
      <label for={`${id}-name`}>Name</label>
      <input id={`${id}-name`} name="name" required maxLength={64} autocomplete="off" spellcheck={false} />
      <RoleSelect selected="viewer" />
    </ChangeDialog>
  );
}

type UserDialogProps = DialogProps & { readonly user: ListedUser };

function RoleDialog({ user: { name, role }, done, close }: UserDialogProps): JSX.Element {
  const isOwn = name === session.value?.user;
  const change = async (form: FormData): Promise<void> => {
    const next = roleIn(form);
    await api.setUserRole(name, next);
    if (isOwn) continueWith(await api.session());
    done(`The role of ${name} is now ${next}.`);
  };
  return (
    <ChangeDialog title={`Role of ${visible(name)}`} label="Change role" change={change} close={close}>
      {isOwn && (
        <p class="warning">
          This is your own user. If you change its role, you can no longer manage users; only another admin can restore
          the admin role.
        </p>
      )}
      <RoleSelect selected={role} />
      <p class="muted">Sessions of the user continue with the new role.</p>
    </ChangeDialog>
  );
}

function RenewDialog({ user: { name }, done, close }: UserDialogProps): JSX.Element {
  const isOwn = name === session.value?.user;
  const renew = async (): Promise<void> => {
    const { token } = await api.renewToken(name);
    done(`${name} has a new token.`, { kind: "token", name, token });
  };
  return (
    <ChangeDialog title={`New token for ${visible(name)}?`} label="Create token" change={renew} close={close}>
      <p>
        The current token becomes invalid immediately, including for programs that use it.{" "}
        {isOwn ? (
          "You stay signed in here; your other sessions end."
        ) : (
          <>
            Sessions of <Untrusted text={name} /> end.
          </>
        )}
      </p>
    </ChangeDialog>
  );
}

function RemoveDialog({ user: { name }, done, close }: UserDialogProps): JSX.Element {
  const isOwn = name === session.value?.user;
  const remove = async (): Promise<void> => {
    await api.removeUser(name);
    done(`Removed ${name}.`);
  };
  return (
    <ChangeDialog title={`Remove ${visible(name)}?`} label="Remove user" change={remove} close={close}>
      {isOwn ? (
        <p class="warning">
          This is your own user. Your session ends immediately, your token becomes invalid, and only another admin can
          give you access again.
        </p>
      ) : (
        <p>
          The token of <Untrusted text={name} /> becomes invalid and all sessions of the user end immediately. Comments
          and audit log entries are kept.
        </p>
      )}
    </ChangeDialog>
  );
}

function RoleSelect({ selected }: { readonly selected: Role }): JSX.Element {
  const id = useId();
  return (
    <>
      <label for={`${id}-role`}>Role</label>
      <select id={`${id}-role`} name="role" aria-describedby={`${id}-permissions`}>
        {roles.map((each) => (
          <option key={each} value={each} selected={each === selected}>
            {each}
          </option>
        ))}
      </select>
      <dl id={`${id}-permissions`} class="permissions muted">
        {roles.map((each) => (
          <div key={each}>
            <dt>{each}</dt>
            <dd>{permissions[each]}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function roleIn(form: FormData): Role {
  const role = String(form.get("role"));
  return isRole(role) ? role : "viewer";
}
