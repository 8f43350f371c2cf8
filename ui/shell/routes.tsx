import type { FunctionComponent } from "preact";

/** A view of the page; its code is loaded on first use. */
export interface Route {
  readonly pattern: RegExp;
  readonly title: string;
  readonly load: () => Promise<FunctionComponent<ViewProps>>;
}

export interface ViewProps {
  /** Id of the alert or name of the rule in the address. */
  readonly subject: string | undefined;
}

export const routes: readonly Route[] = [
  { pattern: /^\/$/, title: "Overview", load: async () => (await import("../overview/page.tsx")).OverviewPage },
  { pattern: /^\/alerts$/, title: "Alerts", load: async () => (await import("../alerts/page.tsx")).AlertsPage },
  { pattern: /^\/alerts\/([^/]+)$/, title: "Alert", load: async () => (await import("../alert/page.tsx")).AlertPage },
  { pattern: /^\/rules(?:\/(.+))?$/, title: "Rules", load: async () => (await import("../rules/page.tsx")).RulesPage },
  {
    pattern: /^\/playground$/,
    title: "Playground",
    load: async () => (await import("../playground/page.tsx")).PlaygroundPage,
  },
  { pattern: /^\/coverage$/, title: "Coverage", load: async () => (await import("../coverage/page.tsx")).CoveragePage },
  {
    pattern: /^\/responses$/,
    title: "Responses",
    load: async () => (await import("../responses/page.tsx")).ResponsesPage,
  },
  { pattern: /^\/users$/, title: "Audit log", load: async () => (await import("../audit/page.tsx")).AuditLogPage },
];

/** Route of a path with its subject; undefined if no view has the path. */
export function routeOf(path: string): { readonly route: Route; readonly subject: string | undefined } | undefined {
  for (const route of routes) {
    const found = route.pattern.exec(path);
    if (found !== null) return { route, subject: found[1] === undefined ? undefined : decoded(found[1]) };
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
