import { type Severity, severities } from "../../src/posture/finding.ts";
import { type Category, categories, type FindingKind, isKind } from "../../src/posture/kinds.ts";

/** Filter of the findings, in the form of URL parameters. Empty values match all findings. */
export interface PostureFilter {
  readonly kind: FindingKind | "";
  readonly category: Category | "";
  /** The minimum severity. */
  readonly severity: Severity | "";
  readonly namespace: string;
  readonly text: string;
}

export const NO_POSTURE_FILTER: PostureFilter = { kind: "", category: "", severity: "", namespace: "", text: "" };

export function postureFilterOf(parameters: URLSearchParams): PostureFilter {
  const value = (name: string): string => parameters.get(name) ?? "";
  const kind = value("kind");
  return {
    kind: isKind(kind) ? kind : "",
    category: categories.find((each) => each === value("category")) ?? "",
    severity: severities.find((each) => each === value("severity")) ?? "",
    namespace: value("namespace").slice(0, 253),
    text: value("text").slice(0, 300),
  };
}

/** Returns the non-empty parts of the filter as query parameters of the API. */
export function postureParameters({ kind, category, severity, namespace, text }: PostureFilter) {
  return {
    ...(kind !== "" && { kind }),
    ...(category !== "" && { category }),
    ...(severity !== "" && { severity }),
    ...(namespace !== "" && { namespace }),
    ...(text !== "" && { text }),
  };
}

/** Returns the URL of a filter. */
export function addressOf(filter: PostureFilter): string {
  const parameters = new URLSearchParams(postureParameters(filter));
  return parameters.size === 0 ? "/posture" : `/posture?${parameters}`;
}
