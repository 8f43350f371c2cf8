import type { AgentRequest, AgentResponse } from "./agent-view.ts";
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
    await store.addAuditEntry(outcome).catch(() => {}); // the user receives the reason in any case
  }
  return response;
}
