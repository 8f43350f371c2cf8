import { isObject, member } from "../../event/document.ts";
import { boundedLabels } from "../../machine/labels.ts";
import type { MarathonApp } from "../../machine/workload.ts";
import { below, getJson, type MesosAccess } from "./api.ts";

/** Marathon client. */
export interface Marathon {
  /**
   * Finds an app.
   * @param id ID of the app, such as `/group/app`
   * @returns undefined if the app does not exist
   */
  find(id: string): Promise<MarathonApp | undefined>;
}

/** Maximum number of cached apps, and how long an app is cached, in milliseconds. */
const MOST = 1024;
const KEEP = 60_000;
const LONGEST_LABEL = 4096;

/**
 * @param address address of Marathon: `http://marathon.mesos:8080`, or with DC/OS `https://…/service/marathon`
 * @param signal aborts all requests
 */
export function openMarathon(address: string, access: MesosAccess, signal: AbortSignal): Marathon {
  const known = new Map<string, { readonly when: number; readonly app: Promise<MarathonApp | undefined> }>();

  async function load(id: string): Promise<MarathonApp | undefined> {
    const path = id.split("/").map(encodeURIComponent).join("/");
    const app = member(await getJson(below(address, `/v2/apps${path}`), access, signal), "app");
    if (!isObject(app)) return undefined;
    const labels = new Map<string, string>();
    for (const [name, value] of Object.entries(isObject(app.labels) ? app.labels : {})) {
      if (typeof value === "string" && name.length + value.length <= LONGEST_LABEL) labels.set(name, value);
    }
    return { id: typeof app.id === "string" && app.id.startsWith("/") ? app.id : id, labels: boundedLabels(labels) };
  }

  return {
    find(id) {
      const now = performance.now();
      const before = known.get(id);
      if (before !== undefined && now - before.when < KEEP) return before.app;
      const app = load(id);
      app.catch(() => known.delete(id));
      known.delete(id);
      known.set(id, { when: now, app });
      if (known.size > MOST) {
        for (const oldest of known.keys()) {
          known.delete(oldest);
          break;
        }
      }
      return app;
    },
  };
}
