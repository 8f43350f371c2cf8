import { Failure } from "../agent/failure.ts";
import { orFailure, usersFile } from "../agent/page/web-page.ts";
import { roles } from "../api/user.ts";
import { addUser, listUsers, removeUser, renewUser } from "../api/users.ts";
import { print } from "../telemetry/print.ts";
import { readSettings } from "./settings.ts";
import type { UsersOptions } from "./users.ts";

async function fileOf({ file, config }: UsersOptions): Promise<string> {
  if (file !== undefined) return file;
  return usersFile((await readSettings(config === undefined ? {} : { config })).config);
}

export async function listed(options: UsersOptions): Promise<void> {
  const file = await fileOf(options);
  for (const { name, role } of orFailure(() => listUsers(file))) print(`${name.padEnd(24)} ${role}\n`);
}

export async function added(name: string, options: UsersOptions): Promise<void> {
  const role = roles.find((one) => one === options.role);
  if (role === undefined) throw new Failure(`Invalid --role "${options.role}": expected ${roles.join(", ")}.`);
  const file = await fileOf(options);
  print(`${orFailure(() => addUser(file, name, role))}\n`);
}

export async function renewed(name: string, options: UsersOptions): Promise<void> {
  const file = await fileOf(options);
  print(`${orFailure(() => renewUser(file, name))}\n`);
}

export async function removed(name: string, options: UsersOptions): Promise<void> {
  const file = await fileOf(options);
  orFailure(() => removeUser(file, name));
}
