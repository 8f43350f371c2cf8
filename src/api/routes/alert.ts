import { findField } from "../../field/catalogue.ts";
import { badRequest, notFound } from "../api-error.ts";
import { fieldIn } from "../field-name.ts";
import { fieldTimes } from "../field-times.ts";
import { type State, states } from "../filter/state.ts";
import { mitreOf } from "../mitre.ts";
import { route } from "../route.ts";
import { filledText, object, oneOf, optional, shortText } from "../schema.ts";
import { Alert, AlertDetail, Explanation, Related } from "../schemas/alert.ts";
import { Incident } from "../schemas/incident.ts";
import { sentenceOf } from "../sentence.ts";
import type { Store } from "../store/store.ts";

const verbs: Readonly<Record<State, string>> = { open: "open", acknowledged: "acknowledge", closed: "close" };

const NO_EXPLANATION =
  "No explanation is stored for this alert, because it was received from an external sender, raised before explanations were stored, or raised during a burst of alerts.";

/** @throws ApiError if the alert does not exist */
export async function knownAlert(store: Store, id: string): Promise<Alert> {
  const alert = await store.alert(id);
  if (alert === undefined) throw notFound("Alert not found.");
  return alert;
}

export const showAlert = route({
  method: "GET",
  path: "/alerts/{id}",
  role: "viewer",
  about: "Returns all details of an alert.",
  answer: AlertDetail,
  async take({ path: { id } }, { store, sensor }) {
    const alert = await knownAlert(store, id);
    const [comments, responses] = await Promise.all([store.comments(id), store.responsesTo(id)]);
    const rule = sensor.rules().rules.find(({ name }) => name === alert.rule);
    const ruleText = rule && { file: rule.file, line: rule.line, yaml: rule.yaml, description: rule.description };
    return {
      json: {
        ...alert,
        comments,
        responses,
        ...(ruleText && { ruleText }),
        mitre: mitreOf(alert.tags),
        sentence: sentenceOf(alert),
        fieldMeanings: meaningsOf(Object.keys(alert.fields)),
        fieldTimes: fieldTimes(alert.fields),
      },
    };
  },
});

export const showRelated = route({
  method: "GET",
  path: "/alerts/{id}/related",
  role: "viewer",
  about: "Returns the process lineage, and other alerts for the same process, container and flow.",
  answer: Related,
  take: async ({ path }, { store }) => ({ json: await store.related(path.id) }),
});

export const showIncident = route({
  method: "GET",
  path: "/alerts/{id}/incident",
  role: "viewer",
  about: "Returns the alert and related alerts with the tree of their processes, their files and connections.",
  answer: Incident,
  take: async ({ path }, { store }) => ({ json: await store.incident(path.id) }),
});

export const showExplanation = route({
  method: "GET",
  path: "/alerts/{id}/explanation",
  role: "viewer",
  about: "Returns the parts of the rule's condition with their results and the compared values.",
  answer: Explanation,
  async take({ path: { id } }, { store }) {
    await knownAlert(store, id);
    const matched = await store.explanation(id);
    return { json: matched === undefined ? { unavailable: NO_EXPLANATION } : { matched } };
  },
});

export const setState = route({
  method: "POST",
  path: "/alerts/{id}/state",
  role: "responder",
  about: "Acknowledges an alert, closes it with a reason, or reopens it.",
  body: object({
    state: oneOf(states),
    reason: optional(shortText(200, "Reason for closing.")),
    comment: optional(shortText(4000)),
  }),
  answer: Alert,
  async take({ path: { id }, body, user, address }, { store }) {
    const { state, reason, comment } = body;
    const said = [reason, comment].filter((each) => each !== undefined && each.trim() !== "");
    if (state === "closed" && said.length === 0) throw badRequest("Closing an alert requires a reason.", "no_reason");
    const text = said.join(": ");
    await knownAlert(store, id);
    const detail = text === "" ? {} : { detail: text };
    await store.addAuditEntry({ user: user.name, address, action: verbs[state], target: id, ...detail });
    await store.setState(id, { state, user: user.name, text });
    return { json: await knownAlert(store, id) };
  },
});

export const addComment = route({
  method: "POST",
  path: "/alerts/{id}/comments",
  role: "responder",
  about: "Comments on an alert.",
  body: object({ text: filledText(4000) }),
  answer: Alert,
  async take({ path: { id }, body, user, address }, { store }) {
    const text = body.text.trim();
    if (text === "") throw badRequest("A comment must not be empty.");
    await knownAlert(store, id);
    await store.addAuditEntry({ user: user.name, address, action: "comment", target: id, detail: text });
    await store.comment(id, { user: user.name, text });
    return { json: await knownAlert(store, id) };
  },
});

/** The descriptions of fields in the catalogue. */
function meaningsOf(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((text) => {
      const { name, argument } = fieldIn(text);
      const use = findField(name, argument);
      return use === undefined ? [] : [[text, use.field.description]];
    }),
  );
}
