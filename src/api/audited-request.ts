import type { AgentRequest, AgentResponse } from "./agent-view.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { Dependencies } from "./dependencies.ts";
import type { NewAuditEntry } from "./store/store.ts";

/**
 * Writes an entry of the audit log and sends a request to the agent. If the agent rejects the request or completes only
 * a part of it, a second entry states the reason.
 * @throws ApiError if the entry cannot be written; the request is then not sent
 */
export async function auditedRequest(
  request: AgentRequest,
  entry: NewAuditEntry,
  { store, sensor }: Pick<Dependencies, "store" | "sensor">,
): Promise<AgentResponse> {
  await store.addAuditEntry(entry);
  const response = await sensor.request(request);
  if ("refused" in response) {
    const outcome = { ...entry, action: `${entry.action} failed`, detail: response.refused };
    await store.addAuditEntry(outcome).catch(() => {}); // the user also receives the reason
  }
  return response;
}

/** The error for a change of rules or exceptions that the agent has rejected. */
export function rejected({ refused, code }: Extract<AgentResponse, { readonly refused: string }>): ApiError {
  if (code === "conflict") return conflict(refused);
  return code === "not_found" ? notFound(refused) : new ApiError(422, "not_applied", refused);
}

/** The error for a change of an object that another user has changed in the meantime. */
export function conflict(message: string): ApiError {
  return new ApiError(409, "conflict", message);
}
