import type { Filter } from "../filter/filter.ts";
import { asked } from "../filter/filter.ts";
import { address, bytes, change, get, post } from "./request.ts";
import type {
  AlertDetail,
  AlertPage,
  AuditEntry,
  Counts,
  Coverage,
  ExceptionProposal,
  Explanation,
  GroupPage,
  OverTime,
  Related,
  ResponsePage,
  RuleDetail,
  RuleFiles,
  RuleRow,
  Sample,
  Session,
  State,
  Status,
} from "./types.ts";

const alertPath = (id: string): string => `/alerts/${encodeURIComponent(id)}`;

/** Every path of the API that the page uses. All reject with ApiError. */
export const api = {
  session: () => get<Session>("/session"),
  signIn: (token: string) => post<Session>("/session", { token }),
  signOut: () => change<void>("DELETE", "/session"),

  status: (signal?: AbortSignal) => get<Status>("/status", {}, signal),
  alerts: (
    filter: Filter,
    page: { cursor?: string; limit?: number; order?: "newest" | "oldest" },
    signal?: AbortSignal,
  ) => get<AlertPage>("/alerts", { ...asked(filter), ...page }, signal),
  groups: (filter: Filter, page: { cursor?: string; limit?: number }, signal?: AbortSignal) =>
    get<GroupPage>("/alerts/groups", { ...asked(filter), ...page }, signal),
  count: (filter: Filter, by: string, limit: number, signal?: AbortSignal) =>
    get<Counts>("/alerts/count", { ...asked(filter), by, limit }, signal),
  overTime: (filter: Filter, buckets: number, signal?: AbortSignal) =>
    get<OverTime>("/alerts/over-time", { ...asked(filter), buckets }, signal),
  exportAddress: (filter: Filter, format: "json" | "csv") => address("/alerts/export", { ...asked(filter), format }),

  alert: (id: string, signal?: AbortSignal) => get<AlertDetail>(alertPath(id), {}, signal),
  related: (id: string, signal?: AbortSignal) => get<Related>(`${alertPath(id)}/related`, {}, signal),
  explanation: (id: string, signal?: AbortSignal) => get<Explanation>(`${alertPath(id)}/explanation`, {}, signal),
  setState: (id: string, body: { state: State; reason?: string; comment?: string }) =>
    post<void>(`${alertPath(id)}/state`, body),
  comment: (id: string, text: string) => post<void>(`${alertPath(id)}/comments`, { text }),
  proposeException: (id: string, fields?: readonly string[]) =>
    post<ExceptionProposal>(`${alertPath(id)}/exception`, fields === undefined ? {} : { fields }),
  applyException: (yaml: string) => post<{ file: string; reloaded: boolean }>("/exceptions", { yaml }),

  rules: (signal?: AbortSignal) => get<{ rules: readonly RuleRow[] }>("/rules", {}, signal),
  rule: (name: string, signal?: AbortSignal) => get<RuleDetail>(`/rules/${encodeURIComponent(name)}`, {}, signal),
  ruleFiles: (signal?: AbortSignal) => get<RuleFiles>("/rules/files", {}, signal),
  coverage: (signal?: AbortSignal) => get<Coverage>("/coverage", {}, signal),
  samples: (signal?: AbortSignal) => get<readonly Sample[]>("/samples", {}, signal),
  sample: (name: string) => bytes(`/samples/${encodeURIComponent(name)}`),
  recent: () => bytes("/recent"),

  responses: (filter: Filter, page: { cursor?: string; limit?: number }, signal?: AbortSignal) =>
    get<ResponsePage>("/responses", { ...asked(filter), ...page }, signal),
  pauseResponses: () => post<void>("/responses/pause"),
  resumeResponses: () => post<void>("/responses/resume"),
  audit: (page: { cursor?: string; limit?: number }, signal?: AbortSignal) =>
    get<{ entries: readonly AuditEntry[]; next: string | null }>("/users/audit", page, signal),
};
