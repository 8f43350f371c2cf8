import type { FunctionComponent } from "preact";

/**
 * A view of the page. Navigation, keyboard shortcuts and titles are derived from this description. The code of a view
 * is loaded on first use.
 */
export interface View {
  readonly title: string;
  /** URL of the link in the navigation; undefined if only other views link to the view. */
  readonly path?: string;
  /** Pattern of the view's URLs, with the subject as a group. */
  readonly pattern: RegExp;
  /** Key of the shortcut, pressed after `g`. */
  readonly key?: string;
  /** Whether the link keeps the filter parameters of the URL. */
  readonly keepsFilter?: true;
  /** Role that sees the link; undefined: all roles. */
  readonly role?: "admin";
  readonly load: () => Promise<FunctionComponent<ViewProps>>;
}

export interface ViewProps {
  /** ID of the alert or name of the rule in the URL. */
  readonly subject: string | undefined;
}

/** All views, in the order of the navigation. */
export const views: readonly View[] = [
  {
    title: "Overview",
    path: "/",
    pattern: /^\/$/,
    key: "o",
    keepsFilter: true,
    load: async () => (await import("../overview/page.tsx")).OverviewPage,
  },
  {
    title: "Alerts",
    path: "/alerts",
    pattern: /^\/alerts$/,
    key: "a",
    keepsFilter: true,
    load: async () => (await import("../alerts/page.tsx")).AlertsPage,
  },
  {
    title: "Alert",
    pattern: /^\/alerts\/([^/]+)$/,
    load: async () => (await import("../alert/page.tsx")).AlertPage,
  },
  {
    title: "Group",
    pattern: /^\/alerts\/([^/]+)\/group$/,
    load: async () => (await import("../group/page.tsx")).GroupPage,
  },
  {
    title: "Incident graph",
    pattern: /^\/alerts\/([^/]+)\/graph$/,
    load: async () => (await import("../incident/page.tsx")).IncidentPage,
  },
  {
    title: "Cases",
    path: "/cases",
    pattern: /^\/cases(?:\/([^/]+))?$/,
    key: "e",
    load: async () => (await import("../cases/page.tsx")).CasesPage,
  },
  {
    title: "Network",
    path: "/network",
    pattern: /^\/network$/,
    key: "n",
    keepsFilter: true,
    load: async () => (await import("../network/page.tsx")).NetworkPage,
  },
  {
    title: "Rules",
    path: "/rules",
    pattern: /^\/rules(?:\/(.+))?$/,
    key: "r",
    load: async () => (await import("../rules/page.tsx")).RulesPage,
  },
  {
    title: "Exceptions",
    path: "/exceptions",
    pattern: /^\/exceptions$/,
    key: "x",
    load: async () => (await import("../exceptions/page.tsx")).ExceptionsPage,
  },
  {
    title: "Playground",
    path: "/playground",
    pattern: /^\/playground$/,
    key: "p",
    load: async () => (await import("../playground/page.tsx")).PlaygroundPage,
  },
  {
    title: "Coverage",
    path: "/coverage",
    pattern: /^\/coverage$/,
    key: "c",
    keepsFilter: true,
    load: async () => (await import("../coverage/page.tsx")).CoveragePage,
  },
  {
    title: "Responses",
    path: "/responses",
    pattern: /^\/responses$/,
    key: "s",
    load: async () => (await import("../responses/page.tsx")).ResponsesPage,
  },
  {
    title: "Outputs",
    path: "/outputs",
    pattern: /^\/outputs(?:\/([^/]+))?$/,
    key: "t",
    load: async () => (await import("../outputs/page.tsx")).OutputsPage,
  },
  {
    title: "Machines",
    path: "/machines",
    pattern: /^\/machines(?:\/([^/]+))?$/,
    key: "m",
    load: async () => (await import("../machines/page.tsx")).MachinesPage,
  },
  {
    title: "Posture",
    path: "/posture",
    pattern: /^\/posture$/,
    key: "k",
    load: async () => (await import("../posture/page.tsx")).PosturePage,
  },
  {
    title: "Users",
    path: "/users",
    pattern: /^\/users$/,
    role: "admin",
    load: async () => (await import("../users/page.tsx")).UsersPage,
  },
  {
    title: "Audit log",
    path: "/audit",
    pattern: /^\/audit$/,
    role: "admin",
    load: async () => (await import("../audit/page.tsx")).AuditLogPage,
  },
];

/** Returns the view and the subject for a URL, or undefined if no view has this URL. */
export function viewOf(address: string): { readonly view: View; readonly subject: string | undefined } | undefined {
  for (const view of views) {
    const found = view.pattern.exec(address);
    if (found !== null) return { view, subject: found[1] === undefined ? undefined : decoded(found[1]) };
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
