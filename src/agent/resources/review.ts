import { RULES_GROUP } from "../../context/kubernetes/rule-resource-paths.ts";
import { type RuleResource, resourceLimits } from "../../context/kubernetes/rule-resources.ts";
import { type Reply, textReply } from "../../server/listener.ts";
import { at, factsOf, jsonOf, numberOf, textAt, textOf } from "../../transport/json.ts";

/** The result of a check. */
export type Verdict =
  | { readonly allowed: true; readonly warnings: readonly string[] }
  | { readonly allowed: false; readonly reason: string }
  /**
   * The reason why the resource could not be checked. The API server then applies the failure policy of the webhook.
   */
  | { readonly unknown: string };

/** A resource to check, in an AdmissionReview. */
export interface Review {
  readonly uid: string;
  /** Undefined if the change does not affect the rules. */
  readonly resource: RuleResource | undefined;
}

/** Maximum length of a UID, a reason and a warning, in characters. API servers truncate longer warnings. */
const [LONGEST_UID, LONGEST_REASON, LONGEST_WARNING] = [128, 8192, 256];
/** Maximum number of warnings. */
const MOST_WARNINGS = 10;

/**
 * Reads an AdmissionReview (admission.k8s.io/v1).
 * @returns a sentence if the body is not a review of an EyasRules resource
 */
export function reviewIn(body: string): Review | string {
  const review = factsOf(jsonOf(body));
  if (review.kind !== "AdmissionReview" || review.apiVersion !== "admission.k8s.io/v1")
    return "The body is not an AdmissionReview of admission.k8s.io/v1.";
  const request = factsOf(review.request);
  const uid = textOf(request.uid);
  if (uid === "" || uid.length > LONGEST_UID) return "The request has no valid uid.";
  if (textAt(request.kind, "group") !== RULES_GROUP || textAt(request.kind, "kind") !== "EyasRules")
    return `The object is not an EyasRules of ${RULES_GROUP}: check the rules of the webhook configuration.`;
  const { object, oldObject } = request;
  const [spec, before] = [factsOf(at(object, "spec")), factsOf(at(oldObject, "spec"))];
  if (spec.rules === before.rules && (spec.order ?? 0) === (before.order ?? 0)) return { uid, resource: undefined };
  const text = textOf(spec.rules).toWellFormed();
  const problem =
    Buffer.byteLength(text) > resourceLimits.textBytes
      ? { problem: `spec.rules exceeds ${resourceLimits.textBytes >> 20} MiB` }
      : {};
  return {
    uid,
    resource: {
      ...{ name: textAt(object, "metadata", "name") || textOf(request.name), uid: textAt(object, "metadata", "uid") },
      ...{ generation: 0, order: numberOf(spec.order) ?? 0, text, ...problem },
    },
  };
}

/** The reply with the result of a check. */
export function replyOf(uid: string, verdict: Verdict): Reply {
  if ("unknown" in verdict) return textReply(503, verdict.unknown, { "retry-after": "5" });
  const response = verdict.allowed
    ? {
        uid,
        allowed: true,
        warnings: verdict.warnings.slice(0, MOST_WARNINGS).map((each) => short(each, LONGEST_WARNING)),
      }
    : { uid, allowed: false, status: { code: 422, reason: "Invalid", message: short(verdict.reason, LONGEST_REASON) } };
  const body = JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
  return { status: 200, type: "application/json", body };
}

function short(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
