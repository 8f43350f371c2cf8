import { filterOf, filterParameters } from "../filter/filter.ts";
import { named } from "../json-schema.ts";
import type { Parts } from "../parts.ts";
import { Refusal } from "../refusal.ts";
import type { Call, Route } from "../route.ts";
import { pageOf, paging } from "./alerts.ts";

/** What was done about alerts, and by whom. */
export function responseRoutes({ store, sensor }: Parts): readonly Route[] {
  const turn =
    (kind: "pause" | "resume"): ((call: Call) => Promise<{ readonly json: unknown }>) =>
    async ({ user, address }) => {
      const granted = await sensor.wish({ kind, user: user.name });
      if ("refused" in granted) throw new Refusal(409, "not_done", granted.refused);
      await store.record({ user: user.name, address, action: `${kind} responses` });
      return { json: { done: true } };
    };
  return [
    {
      method: "GET",
      path: "/responses",
      role: "viewer",
      about: "What was done about alerts, the newest first.",
      query: { ...filterParameters, ...paging(1000, 100) },
      answer: named("Responses"),
      take: async ({ query }) => ({ json: await store.responses(filterOf(query, store.isField), pageOf(query, 100)) }),
    },
    {
      method: "POST",
      path: "/responses/pause",
      role: "admin",
      about: "Stops all responses until they are let go on.",
      answer: named("Done"),
      take: turn("pause"),
    },
    {
      method: "POST",
      path: "/responses/resume",
      role: "admin",
      about: "Lets responses go on.",
      answer: named("Done"),
      take: turn("resume"),
    },
    {
      method: "GET",
      path: "/users/audit",
      role: "admin",
      about: "What people did, the newest first.",
      query: paging(1000, 100),
      answer: named("Audit"),
      take: async ({ query }) => ({ json: await store.deeds(pageOf(query, 100)) }),
    },
  ];
}
