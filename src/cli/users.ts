import type { Command } from "commander";

export interface UsersOptions {
  readonly config?: string;
  readonly file?: string;
  readonly role?: string;
}

export function add(program: Command): void {
  const users = program
    .command("users")
    .description("who may use the web page: viewers look, responders say what becomes of alerts, admins change rules")
    .addHelpText(
      "after",
      `
Tokens are shown once, when they are made; the file holds their hashes.

Examples:
  sudo eyas users list
  sudo eyas users add maria --role responder
  sudo eyas users renew admin          another token, in place of one that was lost
  sudo eyas users remove maria
`,
    );
  const each = (name: string, about: string): Command =>
    users
      .command(name)
      .description(about)
      .option("--file <file>", "another file than that of the configuration (web_page.users_file)")
      .option("-c, --config <file>", "the configuration that says where the file is");
  each("list", "list them").action(async (options: UsersOptions) =>
    (await import("./user-actions.ts")).listed(options),
  );
  each("add", "add one, and print the token")
    .argument("<name>")
    .option("--role <role>", "viewer, responder or admin", "viewer")
    .action(async (name: string, options: UsersOptions) => (await import("./user-actions.ts")).added(name, options));
  each("renew", "make another token for one, and print it")
    .argument("<name>")
    .action(async (name: string, options: UsersOptions) => (await import("./user-actions.ts")).renewed(name, options));
  each("remove", "take one away")
    .argument("<name>")
    .action(async (name: string, options: UsersOptions) => (await import("./user-actions.ts")).removed(name, options));
}
