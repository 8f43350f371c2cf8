import type { Command } from "commander";

export interface UsersOptions {
  readonly config?: string;
  readonly file?: string;
  readonly role?: string;
}

export function add(program: Command): void {
  const users = program
    .command("users")
    .description("manage users of the web UI: viewers read, responders triage alerts, admins change rules")
    .addHelpText(
      "after",
      `
A token is shown once, when it is created. The users file stores only hashes.

Examples:
  sudo eyas users list
  sudo eyas users add maria --role responder
  sudo eyas users renew admin          replace a lost token
  sudo eyas users remove maria
`,
    );
  const action = (name: string, about: string): Command =>
    users
      .command(name)
      .description(about)
      .option("--file <file>", "users file to use instead of the configured one (web_page.users_file)")
      .option("-c, --config <file>", "configuration file");
  action("list", "list users and their roles").action(async (options: UsersOptions) =>
    (await import("./user-actions.ts")).listed(options),
  );
  action("add", "add a user and print the token")
    .argument("<name>", "user name")
    .option("--role <role>", "viewer, responder or admin", "viewer")
    .action(async (name: string, options: UsersOptions) => (await import("./user-actions.ts")).added(name, options));
  action("renew", "replace the token of a user and print it")
    .argument("<name>", "user name")
    .action(async (name: string, options: UsersOptions) => (await import("./user-actions.ts")).renewed(name, options));
  action("remove", "remove a user")
    .argument("<name>", "user name")
    .action(async (name: string, options: UsersOptions) => (await import("./user-actions.ts")).removed(name, options));
}
