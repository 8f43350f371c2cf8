import type { ExceptionRequest } from "../agent-view.ts";
import { ApiError, badRequest, notFound } from "../api-error.ts";
import { auditedRequest, conflict, rejected } from "../audited-request.ts";
import type { Dependencies } from "../dependencies.ts";
import { exceptionList } from "../exceptions/list.ts";
import { metadataOf } from "../exceptions/metadata.ts";
import { everything, type Filter, filterOf } from "../filter/filter.ts";
import { proposeException } from "../propose-exception.ts";
import { type Call, route } from "../route.ts";
import { described, filledText, object, optional, orNull, shortList, shortText, time } from "../schema.ts";
import { ExceptionProposal } from "../schemas/alert.ts";
import { AppliedException, ExceptionList } from "../schemas/exception.ts";
import type { Store } from "../store/store.ts";
import { knownAlert } from "./alert.ts";

const DAY = 86_400_000;
/** Maximum age of the alerts on which a proposed exception is tested, in days. */
const LOOK_BACK = 30;
/** Maximum time until an exception expires, in days. */
const LATEST_EXPIRY = 3660;

export const proposeExceptionFor = route({
  method: "POST",
  path: "/alerts/{id}/exception",
  role: "responder",
  about:
    "Proposes an exception that would have suppressed this alert, and returns the other alerts that the exception would have suppressed. Does not change any rule.",
  body: object({ fields: optional(shortList(shortText(200), 10)) }),
  answer: ExceptionProposal,
  async take({ path, body: { fields = [] } }, { store, sensor }) {
    const alert = await knownAlert(store, path.id);
    const rule = sensor.rules().rules.find(({ name }) => name === alert.rule);
    const { condition, ...proposal } = proposeException(alert, rule, fields.length > 0 ? fields : undefined);
    const since = new Date(Date.now() - LOOK_BACK * DAY);
    const wanted: Filter = { ...everything, condition, since: BigInt(since.getTime()) * 1_000_000n };
    const [{ counts: _, total, ...searched }, { alerts }] = await Promise.all([
      store.count(wanted, "rule", 1),
      store.list(wanted, { limit: 10, order: "newest" }),
    ]);
    return {
      json: { ...proposal, hidden: { count: total, since: since.toISOString(), samples: alerts, ...searched } },
    };
  },
});

export const listExceptions = route({
  method: "GET",
  path: "/exceptions",
  role: "viewer",
  about: "Lists the exceptions in the local exceptions file, in the order of the file, and the removed exceptions.",
  answer: ExceptionList,
  async take(_, { exceptions, sensor, store }) {
    const disk = await exceptions.read();
    const rules = sensor.rules();
    const text = rules.files.find(({ name }) => name === disk.file)?.text ?? "";
    const loaded = await exceptions.yamlIn(text);
    return { json: exceptionList(disk, rules, loaded, (query) => isQuery(query, store)) };
  },
});

const yaml = filledText(20_000, "A fragment of a rule file, in YAML.");
const version = filledText(64, "The version of the exception in the list.");
const expires = described(time(), "Time when the exception is removed. Must be in the future.");

export const applyException = route({
  method: "POST",
  path: "/exceptions",
  role: "admin",
  about: "Adds an exception to the local exceptions file and reloads the rules. Invalid exceptions are rejected.",
  body: object({ yaml, reason: optional(shortText(500)), expires: optional(expires) }),
  answer: AppliedException,
  take({ body: { yaml, reason = "", expires: stated }, user, address }, parts) {
    const expires = checkedExpiry(stated);
    const known = reason.trim();
    const detail = [yaml, ...(known === "" ? [] : [`Reason: ${known}`]), ...(expires ? [`Expires: ${expires}`] : [])];
    return applied(
      { change: "add", yaml, user: user.name, ...(known !== "" && { reason: known }), ...(expires && { expires }) },
      { user: user.name, address, action: "exception", detail: detail.join("\n") },
      parts,
    );
  },
});

export const editException = route({
  method: "POST",
  path: "/exceptions/{id}/edit",
  role: "admin",
  about:
    "Replaces the YAML of an exception and reloads the rules. Returns 409 if the exception has another version, and 422 if the rules cannot be loaded with the change.",
  body: object({ version, yaml }),
  answer: AppliedException,
  take: (call, parts) => change(call, parts, "edit exception", { change: "edit", ...call.body }, call.body.yaml),
});

export const setExceptionExpiry = route({
  method: "POST",
  path: "/exceptions/{id}/expiry",
  role: "admin",
  about: "Sets or clears the time when an exception is removed.",
  body: object({ version, expires: orNull(expires) }),
  answer: AppliedException,
  take(call, parts) {
    const { version, expires: stated } = call.body;
    const expires = checkedExpiry(stated ?? undefined);
    const detail = withExpiry(call.path.id, expires);
    return change(call, parts, "set expiry of exception", { change: "expiry", version, expires }, detail);
  },
});

export const removeException = route({
  method: "POST",
  path: "/exceptions/{id}/remove",
  role: "admin",
  about: "Removes an exception from the file and reloads the rules.",
  body: object({ version }),
  answer: AppliedException,
  take: (call, parts) => change(call, parts, "remove exception", { change: "remove", ...call.body }),
});

export const revertException = route({
  method: "POST",
  path: "/exceptions/{id}/revert",
  role: "admin",
  about:
    "Undoes the last change of an exception: an edit, a change of the expiry, or a removal. If the earlier expiry of the exception is in the past, the request must contain another expiry. The last 50 changes are kept.",
  body: object({
    version,
    expires: optional(
      orNull(
        described(time(), "New expiry, which replaces the earlier expiry; null if the exception does not expire."),
      ),
    ),
  }),
  answer: AppliedException,
  take(call, parts) {
    const { version, expires: stated } = call.body;
    const expires = stated === null ? null : checkedExpiry(stated);
    const request = { change: "revert", version, ...(expires !== undefined && { expires }) } as const;
    return change(call, parts, "revert exception", request, (known) => {
      if (known === undefined && expires === undefined) return `ID: ${call.path.id}`; // the agent rejects the request
      if (known === undefined) return withExpiry(call.path.id, expires ?? undefined);
      const earlier = metadataOf(known);
      const text = known
        .replace(earlier?.line ?? "", "")
        .replaceAll("\r\n", "\n")
        .trim();
      const kept = expires === undefined ? earlier?.metadata.expires : (expires ?? undefined);
      return `${withExpiry(call.path.id, kept)}\n${text}`;
    });
  },
});

type Applied = { readonly json: { readonly file: string; readonly reloaded: true; readonly ids: string[] } };
type Change = Exclude<ExceptionRequest, { readonly change: "add" | "expired" }>;

/** A change without the user and the ID, which are taken from the request. */
type Partial<One> = One extends unknown ? Omit<One, "id" | "user"> : never;

/**
 * Changes an exception.
 * @param detail detail of the audit entry: a text, or a function of the text before the last change. Default: the text
 * of the exception
 */
async function change(
  { path: { id }, user, address }: Pick<Call<"/exceptions/{id}">, "path" | "user" | "address">,
  parts: Dependencies,
  action: string,
  partial: Partial<Change>,
  detail?: string | ((before: string | undefined) => string),
): Promise<Applied> {
  const { entries, removed, reverts, problem } = await parts.exceptions.read();
  if (problem !== undefined) throw new ApiError(422, "not_applied", problem);
  const known = entries.find((entry) => entry.id === id) ?? removed.find((one) => one.id === id);
  if (known === undefined) throw notFound("Exception not found.");
  if (known.version !== partial.version) throw conflict("The exception has been changed. Load it again.");
  const before = "before" in known ? known.before : reverts.get(id)?.before;
  const stated = typeof detail === "function" ? detail(before) : (detail ?? known.yaml);
  const entry = { user: user.name, address, action, target: known.rule, detail: stated };
  return applied({ ...partial, id, user: user.name } as Change, entry, parts);
}

async function applied(
  request: ExceptionRequest,
  entry: Parameters<typeof auditedRequest>[1],
  parts: Dependencies,
): Promise<Applied> {
  const result = await auditedRequest({ kind: "except", request }, entry, parts);
  if ("refused" in result) throw rejected(result);
  const { file = "", ids = [] } = result;
  return { json: { file, reloaded: true, ids: [...ids] } };
}

/** The detail of an audit entry about an exception and its expiry. */
function withExpiry(id: string, expires: string | undefined): string {
  return `ID: ${id}\n${expires === undefined ? "Does not expire." : `Expires: ${expires}`}`;
}

/** The expiry with milliseconds. @throws ApiError if the time is not in the future, or too far in the future */
function checkedExpiry(expires: string | undefined): string | undefined {
  if (expires === undefined) return undefined;
  const time = Date.parse(expires);
  if (Number.isNaN(time) || time <= Date.now()) throw badRequest("The expiry must be in the future.", "expiry");
  if (time > Date.now() + LATEST_EXPIRY * DAY) throw badRequest("The expiry must be within ten years.", "expiry");
  return new Date(time).toISOString();
}

function isQuery(query: string, store: Pick<Store, "isField">): boolean {
  try {
    filterOf({ query }, store.isField);
    return true;
  } catch {
    return false;
  }
}
