import { randomBytes } from "node:crypto";
import { lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config/load.ts";
import { makeFolder } from "../../journal/folder.ts";
import { requiresAuthentication, type TokenSettings } from "../../server/authentication.ts";
import { hasOtherUsers } from "../../server/other-users.ts";
import { isLoopback } from "../../source/origin/address.ts";
import type { RequireToken } from "../../source/origin/require-token.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";

/** Name of the token file. */
const FILE = "intake-token";

type ListenerSettings = TokenSettings & { readonly client_authority: string; readonly require_token: RequireToken };

/**
 * Whether a listener requires the first token because neither a token nor a CA is configured. By default, this is the
 * case on a loopback address if this machine has other users.
 */
export function asksForFirstToken(settings: ListenerSettings, host: string, hasOthers = hasOtherUsers): boolean {
  if (requiresAuthentication(settings) || settings.require_token === "never") return false;
  return settings.require_token === "always" || (isLoopback(host) && hasOthers());
}

/**
 * Returns the settings of a listener, with the path of the token file if the first token is required. The file is in
 * the directory of the journal. A missing file is created, readable only by this user.
 * @param keys configuration path of the listener's settings
 * @throws Failure
 */
export function withFirstToken<Settings extends ListenerSettings>(
  settings: Settings,
  host: string,
  { journal }: Pick<Config, "journal">,
  keys: string,
): Settings {
  if (!asksForFirstToken(settings, host)) return settings;
  const file = join(dirname(journalFile(journal)), FILE);
  ensure(file, `${keys}.require_token`);
  return {
    ...settings,
    token_file: file,
    tokenHint: `The path of the token file is in the log. ${keys}.require_token=never disables the token.`,
  };
}

/**
 * Creates the token file if it does not exist. @throws Failure if the file cannot be created, or other users can access
 * it
 */
function ensure(file: string, key: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    write(file, key);
    return;
  }
  const own = process.geteuid?.() ?? 0;
  if (!found.isFile() || (found.uid !== own && found.uid !== 0) || (found.mode & 0o077) !== 0)
    throw new Failure(
      `${file} must be a file that only its owner can read: run chmod 600 ${file}, or remove the file to create a new token.`,
    );
}

function write(file: string, key: string): void {
  const fresh = `${file}.${process.pid}`;
  try {
    makeFolder(dirname(file));
    rmSync(fresh, { force: true }); // removes a link that another user may have created
    writeFileSync(fresh, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
    renameSync(fresh, file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `Cannot create the token for senders in ${file}: ${reason}. Set a token, or set ${key} to never.`,
    );
  }
}
