import { MOST_FOLLOWERS, sendEvents } from "../events.ts";
import { filterOf, filterParameters } from "../filter/filter.ts";
import { named } from "../json-schema.ts";
import type { Parts } from "../parts.ts";
import { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";

/** What runs, and what happens. */
export function statusRoutes(parts: Parts): readonly Route[] {
  const { store } = parts;
  let followers = 0;
  return [
    {
      method: "GET",
      path: "/status",
      role: "viewer",
      about: "Sources, outputs, responses, journal and rules.",
      answer: named("Status"),
      take: async () => ({ json: await statusOf(parts) }),
    },
    {
      method: "GET",
      path: "/events",
      role: "viewer",
      about:
        "Server-sent events: `alert` with an alert, `state` when somebody changed one, `status` every two seconds. `Last-Event-ID` goes on after an alert.",
      query: filterParameters,
      answer: { mediaType: "text/event-stream", about: "Events, each with JSON." },
      async take({ query, request }) {
        if (followers >= MOST_FOLLOWERS) throw new Refusal(503, "followers", `${MOST_FOLLOWERS} follow already.`);
        const filter = filterOf(query, store.isField);
        const id = request.headers["last-event-id"];
        const cursor = (typeof id === "string" ? await store.cursorOf(id) : undefined) ?? (await store.end());
        return {
          type: "text/event-stream; charset=utf-8",
          async stream(response) {
            followers++;
            try {
              await sendEvents(response, store, () => statusOf(parts), filter, cursor);
            } finally {
              followers--;
            }
          },
        };
      },
    },
  ];
}

async function statusOf({ sensor, store }: Parts): Promise<unknown> {
  const { outputs, ...status } = sensor.status();
  const [journal, troubles, responses] = await Promise.all([store.facts(), store.outputs(), store.responseStatus()]);
  return {
    ...status,
    responses,
    outputs: outputs.map((output) => ({ ...output, ...(troubles.get(output.name) ?? { dead: 0, lastError: null }) })),
    journal,
  };
}
