import type { DrillAction } from "./action.ts";
import { connections } from "./actions/connections.ts";
import { containers } from "./actions/containers.ts";
import { credentials } from "./actions/credentials.ts";
import { escapes } from "./actions/escapes.ts";
import { execution } from "./actions/execution.ts";
import { files } from "./actions/files.ts";
import { intrusions } from "./actions/intrusions.ts";
import { network } from "./actions/network.ts";
import { persistence } from "./actions/persistence.ts";
import { privileges } from "./actions/privileges.ts";
import { shells } from "./actions/shells.ts";
import { threats } from "./actions/threats.ts";
import { traces } from "./actions/traces.ts";
import { DOCUMENT_ACTIONS } from "./documents/list.ts";

/** Actions of processes on this machine, for system call rules. */
export const SYSCALL_ACTIONS: readonly DrillAction[] = [
  ...credentials,
  ...shells,
  ...network,
  ...persistence,
  ...privileges,
  ...threats,
  ...traces,
  ...execution,
  ...containers,
  ...intrusions,
  ...connections,
  ...escapes,
];

/** Actions that change files, for the file integrity rules. */
export const FILE_ACTIONS: readonly DrillAction[] = files;

/**
 * The drill: at least one action for each default rule that `undrilled.ts` does not list.
 * docs/drill.md, `eyas drill --list` and the live tests are derived from this table.
 */
export const DRILL_ACTIONS: readonly DrillAction[] = [...SYSCALL_ACTIONS, ...FILE_ACTIONS, ...DOCUMENT_ACTIONS];

/** Event source of an action. */
export function sourceOf({ source }: DrillAction): string {
  return source ?? "syscall";
}
