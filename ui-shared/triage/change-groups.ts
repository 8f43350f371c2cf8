import type { RequestOf } from "../../src/api/contract.ts";
import { api } from "../api/client.ts";
import { messageOf } from "../page/resource.ts";

export type GroupChangeBody = RequestOf<"POST", "/alerts/{id}/group">["body"];

/**
 * Changes the triage of groups, each identified by one of its alerts. Resolves with an error message if a change
 * failed; subsequent groups are then not changed.
 */
export async function changeGroups(alerts: readonly string[], body: GroupChangeBody): Promise<string | undefined> {
  try {
    for (const alert of alerts) await api.changeGroup(alert, body);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
