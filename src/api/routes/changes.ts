import { badRequest, notFound } from "../api-error.ts";
import { bulkActions } from "../filter/bulk.ts";
import { type FilterQuery, filterOf, filterParameters } from "../filter/filter.ts";
import { route } from "../route.ts";
import { described, object, oneOf, optional, shortText, wholeFrom } from "../schema.ts";
import { BulkChange } from "../schemas/bulk.ts";

/** Default value of `wait`, in seconds. */
const WAIT = 2;
const wait = optional(
  described(wholeFrom(0, 20), `Maximum time to wait for the end of the change, in seconds; ${WAIT} by default.`),
);

export const changeAlerts = route({
  method: "POST",
  path: "/alerts/changes",
  role: "responder",
  about:
    "Acknowledges, closes, reopens or comments on all alerts that match a filter. Responds when the change has ended, or after `wait` seconds; `/alerts/changes/{id}` then returns the progress. At most two changes run at a time.",
  body: object({
    filter: object(filterParameters),
    newest: optional(shortText(36, "ID of an alert; alerts that were stored after this alert are not changed.")),
    action: oneOf(bulkActions),
    reason: optional(shortText(200, "Reason for closing.")),
    comment: optional(shortText(4000)),
    wait,
  }),
  answer: BulkChange,
  async take({ body, user, address }, { store }) {
    const { filter, newest, action, reason, comment } = body;
    const said = [reason, comment].filter((each) => each !== undefined && each.trim() !== "");
    if (action === "close" && said.length === 0) throw badRequest("Closing alerts requires a reason.", "no_reason");
    if (action === "comment" && said.length === 0) throw badRequest("A comment must not be empty.");
    const change = await store.changeAll({
      ...{ filter: filterOf(filter, store.isField), query: textOf(filter), action, text: said.join(": ") },
      ...{ user: user.name, address, wait: body.wait ?? WAIT, ...(newest !== undefined && { newest }) },
    });
    return { json: change };
  },
});

export const showChange = route({
  method: "GET",
  path: "/alerts/changes/{id}",
  role: "responder",
  about: "Returns the progress or the result of a bulk change.",
  answer: BulkChange,
  async take({ path }, { store }) {
    const change = await store.bulkChange(path.id);
    if (change === undefined) throw notFound("Bulk change not found.");
    return { json: change };
  },
});

export const undoChange = route({
  method: "POST",
  path: "/alerts/changes/{id}/undo",
  role: "responder",
  about:
    "Undoes a bulk change that ended less than an hour ago: restores the previous states of all alerts whose states have not been changed since then. The undo is also a bulk change.",
  body: object({ wait }),
  answer: BulkChange,
  take: async ({ path, body, user, address }, { store }) => ({
    json: await store.undoBulk(path.id, { user: user.name, address, wait: body.wait ?? WAIT }),
  }),
});

/** A filter as text for the audit log. */
function textOf(filter: FilterQuery): string {
  const parts = Object.entries(filter).map(([name, value]) => `${name}: ${value}`);
  return parts.length === 0 ? "all alerts" : parts.join("; ");
}
