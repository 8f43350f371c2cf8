import { NO_ID } from "../event/constants.ts";
import type { UserRecord } from "../event/snapshot.ts";
import type { Observed } from "../machine/observed.ts";
import { userOf } from "./account.ts";
import type { Field, Reader } from "./field.ts";
import { row } from "./row.ts";

/** Value for an unknown account. */
const UNKNOWN = "<NA>";

/** Reads a property of the user's account. For root, a fixed value is used if the account is unknown. */
function account(idOf: "uid" | "loginuid", read: (user: UserRecord) => string, root: string): Reader {
  return (event: Observed) => {
    const { thread } = event;
    if (thread === undefined) return undefined;
    const id = thread[idOf];
    const user = userOf(event.machine, thread, id);
    return user !== undefined ? read(user) : id === 0 ? root : UNKNOWN;
  };
}

export const userFields: readonly Field[] = [
  row("user.uid", "UINT32", (event) => event.thread?.uid, "The ID of the user that the thread runs as.", {
    about: "user",
    as: "id",
    ecs: { "user.id": "text" },
  }),
  row(
    "user.name",
    "CHARBUF",
    account("uid", (user) => user.name, "root"),
    "The name of the user.",
    {
      about: "user",
      as: "name",
      title: "User",
      column: "user",
      aliases: ["user"],
      csv: 8,
      ecs: { "user.name": "text" },
      cef: "suser",
    },
  ),
  row(
    "user.homedir",
    "CHARBUF",
    account("uid", (user) => user.home, "/root"),
    "The home directory of the user.",
  ),
  row(
    "user.shell",
    "CHARBUF",
    account("uid", (user) => user.shell, UNKNOWN),
    "The login shell of the user.",
  ),
  row(
    "user.loginuid",
    "INT64",
    (event) => (event.thread === undefined ? undefined : event.thread.loginuid === NO_ID ? -1 : event.thread.loginuid),
    "The ID of the login user, unaffected by later changes of user; -1 without a login.",
  ),
  row(
    "user.loginname",
    "CHARBUF",
    account("loginuid", (user) => user.name, "root"),
    "The name of the login user.",
  ),
];
