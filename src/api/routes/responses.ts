import { ApiError } from "../api-error.ts";
import { auditedRequest } from "../audited-request.ts";
import type { Dependencies } from "../dependencies.ts";
import { filterOf, filterParameters } from "../filter/filter.ts";
import { pageOf, paging } from "../paging.ts";
import { type Call, route } from "../route.ts";
import { filledText, object } from "../schema.ts";
import { Done } from "../schemas/common.ts";
import { AuditPage, ResponsePage, SuspendedTargets } from "../schemas/response.ts";

export const listResponses = route({
  method: "GET",
  path: "/responses",
  role: "viewer",
  about:
    "Lists response actions, newest first. `since` and `until` apply to the time of the action, all other conditions to the alert of the action.",
  query: object({ ...filterParameters, ...paging(1000) }),
  answer: ResponsePage,
  take: async ({ query }, { store }) => ({
    json: await store.responses(filterOf(query, store.isField), pageOf(query)),
  }),
});

export const pauseResponses = route({
  method: "POST",
  path: "/responses/pause",
  role: "admin",
  about: "Pauses all responses until they are resumed.",
  answer: Done,
  take: (call, parts) => turn("pause", call, parts),
});

export const resumeResponses = route({
  method: "POST",
  path: "/responses/resume",
  role: "admin",
  about: "Resumes responses.",
  answer: Done,
  take: (call, parts) => turn("resume", call, parts),
});

export const listSuspended = route({
  method: "GET",
  path: "/responses/suspended",
  role: "viewer",
  about: "Lists targets of responses that can be undone, such as stopped processes and cordoned nodes, newest first.",
  answer: SuspendedTargets,
  take: async (_, { store }) => ({ json: { targets: await store.suspended() } }),
});

export const releaseSuspended = route({
  method: "POST",
  path: "/responses/release",
  role: "admin",
  about: "Undoes the response for a suspended target, by ID, or for all suspended targets.",
  body: object({ target: filledText(40, "ID of the suspended target, or `all`.") }),
  answer: Done,
  take: async ({ body, user, address }, parts) => {
    const { target } = body;
    const entry = { user: user.name, address, action: "release suspended targets", target };
    const result = await auditedRequest({ kind: "release", target }, entry, parts);
    if ("refused" in result) throw new ApiError(409, "not_done", result.refused);
    return { json: { done: true } };
  },
});

export const readAudit = route({
  method: "GET",
  path: "/users/audit",
  role: "admin",
  about: "Lists the audit log, newest first.",
  query: object(paging(1000)),
  answer: AuditPage,
  take: async ({ query }, { store }) => ({ json: await store.audit(pageOf(query)) }),
});

async function turn(
  kind: "pause" | "resume",
  { user, address }: Pick<Call, "user" | "address">,
  parts: Dependencies,
): Promise<{ readonly json: { readonly done: true } }> {
  const entry = { user: user.name, address, action: `${kind} responses` };
  const result = await auditedRequest({ kind, user: user.name }, entry, parts);
  if ("refused" in result) throw new ApiError(409, "not_done", result.refused);
  return { json: { done: true } };
}
