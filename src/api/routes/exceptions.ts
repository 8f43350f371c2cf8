import { ApiError } from "../api-error.ts";
import { auditedRequest } from "../audited-request.ts";
import { everything, type Filter } from "../filter/filter.ts";
import { proposeException } from "../propose-exception.ts";
import { route } from "../route.ts";
import { filledText, flag, object, optional, shortList, shortText, text } from "../schema.ts";
import { ExceptionProposal } from "../schemas/alert.ts";
import { knownAlert } from "./alert.ts";

const DAY = 86_400_000;
/** Maximum age in days of the alerts that a proposed exception is tested on. */
const LOOK_BACK = 30;

export const proposeExceptionFor = route({
  method: "POST",
  path: "/alerts/{id}/exception",
  role: "responder",
  about:
    "Proposes an exception that would have suppressed this alert, with the other alerts that it would have suppressed. Does not change any rule.",
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

export const applyException = route({
  method: "POST",
  path: "/exceptions",
  role: "admin",
  about: "Adds an exception to the local exceptions file and reloads the rules. Invalid exceptions are rejected.",
  body: object({ yaml: filledText(20_000, "A fragment of a rule file, in YAML.") }),
  answer: object({ file: text(), reloaded: flag() }),
  async take({ body: { yaml }, user, address }, parts) {
    const entry = { user: user.name, address, action: "exception", detail: yaml };
    const result = await auditedRequest({ kind: "except", yaml }, entry, parts);
    if ("refused" in result) throw new ApiError(422, "not_applied", result.refused);
    const { file = "" } = result;
    return { json: { file, reloaded: true } };
  },
});
