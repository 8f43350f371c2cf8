import type { RequestOf } from "../../src/api/contract.ts";
import type { FilterQuery } from "../../src/api/filter/filter.ts";
import type { State } from "../../src/api/filter/state.ts";
import type { Role } from "../../src/api/user.ts";
import { apiParameters, type Filter } from "../filter/filter.ts";
import { address, bytes, get, post, remove } from "./request.ts";

interface Page {
  readonly cursor?: string;
  readonly limit?: number;
}

/** API requests of the page. All requests reject with ApiError on failure. */
export const api = {
  session: () => get("/session", {}),
  signIn: (token: string) => post("/session", { body: { token } }),
  signOut: () => remove("/session", {}),
  signInMethods: () => get("/sign-in", {}),
  openIdAddress: (to: string) => address("/sign-in/oidc", { query: { to } }),

  status: (signal?: AbortSignal) => get("/status", {}, signal),
  alerts: (filter: Filter, page: Page & { readonly order?: "newest" | "oldest" }, signal?: AbortSignal) =>
    get("/alerts", { query: { ...apiParameters(filter), ...page } }, signal),
  groups: (
    filter: Filter,
    request: Omit<RequestOf<"GET", "/alerts/groups">["query"], keyof FilterQuery>,
    signal?: AbortSignal,
  ) => get("/alerts/groups", { query: { ...apiParameters(filter), ...request } }, signal),
  group: (id: string, signal?: AbortSignal) => get("/alerts/{id}/group", { path: { id } }, signal),
  changeGroup: (id: string, body: RequestOf<"POST", "/alerts/{id}/group">["body"]) =>
    post("/alerts/{id}/group", { path: { id }, body }),
  count: (filter: Filter, by: string, limit: number, signal?: AbortSignal) =>
    get("/alerts/count", { query: { ...apiParameters(filter), by, limit } }, signal),
  overTime: (filter: Filter, buckets: number, signal?: AbortSignal) =>
    get("/alerts/over-time", { query: { ...apiParameters(filter), buckets } }, signal),
  rulesOverTime: (filter: Filter, signal?: AbortSignal) =>
    get("/alerts/over-time/rules", { query: apiParameters(filter) }, signal),
  flows: (filter: Filter, page: Page, signal?: AbortSignal) =>
    get("/alerts/flows", { query: { ...apiParameters(filter), ...page } }, signal),
  exportAddress: (filter: Filter, format: "json" | "csv") =>
    address("/alerts/export", { query: { ...apiParameters(filter), format } }),

  captureAddress: (id: string) => address("/alerts/{id}/capture", { path: { id } }),
  alert: (id: string, signal?: AbortSignal) => get("/alerts/{id}", { path: { id } }, signal),
  related: (id: string, signal?: AbortSignal) => get("/alerts/{id}/related", { path: { id } }, signal),
  incident: (id: string, signal?: AbortSignal) => get("/alerts/{id}/incident", { path: { id } }, signal),
  explanation: (id: string, signal?: AbortSignal) => get("/alerts/{id}/explanation", { path: { id } }, signal),
  setState: (id: string, body: { readonly state: State; readonly reason?: string; readonly comment?: string }) =>
    post("/alerts/{id}/state", { path: { id }, body }),
  comment: (id: string, text: string) => post("/alerts/{id}/comments", { path: { id }, body: { text } }),
  cases: (query: NonNullable<RequestOf<"GET", "/cases">["query"]>, signal?: AbortSignal) =>
    get("/cases", { query }, signal),
  openCase: (title: string) => post("/cases", { body: { title } }),
  case: (id: string, signal?: AbortSignal) => get("/cases/{id}", { path: { id } }, signal),
  changeCase: (id: string, body: RequestOf<"POST", "/cases/{id}">["body"]) =>
    post("/cases/{id}", { path: { id }, body }),
  caseAddress: (id: string) => address("/cases/{id}/export", { path: { id } }),
  changeAlerts: (filter: Filter, body: Omit<RequestOf<"POST", "/alerts/changes">["body"], "filter">) =>
    post("/alerts/changes", { body: { filter: apiParameters(filter), ...body } }),
  change: (id: string) => get("/alerts/changes/{id}", { path: { id } }),
  undoChange: (id: string) => post("/alerts/changes/{id}/undo", { path: { id } }),
  proposeException: (id: string, fields?: readonly string[]) =>
    post("/alerts/{id}/exception", { path: { id }, ...(fields !== undefined && { body: { fields } }) }),
  applyException: (body: RequestOf<"POST", "/exceptions">["body"]) => post("/exceptions", { body }),
  exceptions: (signal?: AbortSignal) => get("/exceptions", {}, signal),
  editException: (id: string, version: string, yaml: string) =>
    post("/exceptions/{id}/edit", { path: { id }, body: { version, yaml } }),
  setExceptionExpiry: (id: string, version: string, expires: string | null) =>
    post("/exceptions/{id}/expiry", { path: { id }, body: { version, expires } }),
  removeException: (id: string, version: string) =>
    post("/exceptions/{id}/remove", { path: { id }, body: { version } }),
  /** @param expires new expiry; null: no expiry; undefined: the earlier one */
  revertException: (id: string, version: string, expires?: string | null) =>
    post("/exceptions/{id}/revert", { path: { id }, body: { version, ...(expires !== undefined && { expires }) } }),

  ruleSettings: (signal?: AbortSignal) => get("/rule-settings", {}, signal),
  setRule: (name: string, body: RequestOf<"POST", "/rule-settings/{name}">["body"]) =>
    post("/rule-settings/{name}", { path: { name }, body }),
  revertRule: (name: string, version: string) =>
    post("/rule-settings/{name}/revert", { path: { name }, body: { version } }),
  rules: (signal?: AbortSignal) => get("/rules", {}, signal),
  rule: (name: string, signal?: AbortSignal) => get("/rules/{name}", { path: { name } }, signal),
  ruleFiles: (signal?: AbortSignal) => get("/rules/files", {}, signal),
  ruleWarnings: (signal?: AbortSignal) => get("/rules/warnings", {}, signal),
  coverage: (filter: Filter, signal?: AbortSignal) =>
    get("/coverage", { query: { ...apiParameters(filter), techniques: "all" } }, signal),
  samples: (signal?: AbortSignal) => get("/samples", {}, signal),
  sample: (name: string) => bytes("/samples/{name}", { path: { name } }),
  recent: () => bytes("/recent", {}),

  responses: (filter: Filter, page: Page, signal?: AbortSignal) =>
    get("/responses", { query: { ...apiParameters(filter), ...page } }, signal),
  pauseResponses: () => post("/responses/pause", {}),
  resumeResponses: () => post("/responses/resume", {}),
  output: (name: string, signal?: AbortSignal) => get("/outputs/{name}", { path: { name } }, signal),
  deadLetters: (name: string, page: Page, signal?: AbortSignal) =>
    get("/outputs/{name}/dead-letters", { path: { name }, query: page }, signal),
  testOutput: (name: string) => post("/outputs/{name}/test", { path: { name } }),
  resend: (name: string, body: NonNullable<RequestOf<"POST", "/outputs/{name}/resend">["body"]>) =>
    post("/outputs/{name}/resend", { path: { name }, body }),
  users: (signal?: AbortSignal) => get("/users", {}, signal),
  addUser: (name: string, role: Role) => post("/users", { body: { name, role } }),
  setUserRole: (name: string, role: Role) => post("/users/{name}/role", { path: { name }, body: { role } }),
  renewToken: (name: string) => post("/users/{name}/token", { path: { name } }),
  removeUser: (name: string) => remove("/users/{name}", { path: { name } }),
  machines: (query: NonNullable<RequestOf<"GET", "/machines">["query"]>, signal?: AbortSignal) =>
    get("/machines", { query }, signal),
  machine: (id: string, signal?: AbortSignal) => get("/machines/{id}", { path: { id } }, signal),
  posture: (query: NonNullable<RequestOf<"GET", "/posture">["query"]>, signal?: AbortSignal) =>
    get("/posture", { query }, signal),
  audit: (page: Page, signal?: AbortSignal) => get("/users/audit", { query: page }, signal),
};
