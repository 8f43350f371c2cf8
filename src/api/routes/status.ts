import { MOST_FOLLOWERS, MOST_OF_ONE, sendEvents } from "../events.ts";
import { filterOf, filterParameters } from "../filter/filter.ts";
import { named } from "../json-schema.ts";
import type { Parts } from "../parts.ts";
import { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";

/** What runs, and what happens. */
export function statusRoutes(parts: Parts): readonly Route[] {
  const { store } = parts;
  /** By user, one for each connection. */
  const followers: string[] = [];
  /** @throws Refusal */
  function join(name: string): void {
    const own = followers.filter((one) => one === name).length;
    if (followers.length >= MOST_FOLLOWERS) throw new Refusal(503, "followers", `${MOST_FOLLOWERS} follow already.`);
    if (own >= MOST_OF_ONE) throw new Refusal(503, "followers", `${name} follows ${own} times already.`);
    followers.push(name);
  }

  function leave(name: string): void {
    followers.splice(followers.indexOf(name), 1);
  }

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
        "Server-sent events: `alert` with an alert, `state` when somebody changed one, `status` every two seconds. `Last-Event-ID` goes on after an alert. A user may follow 16 times at once.",
      query: filterParameters,
      answer: { mediaType: "text/event-stream", about: "Events, each with JSON." },
      async take({ query, request, user, isWelcome }) {
        const filter = filterOf(query, store.isField);
        const id = request.headers["last-event-id"];
        const cursor = (typeof id === "string" ? await store.cursorOf(id) : undefined) ?? (await store.end());
        if (request.method !== "HEAD") join(user.name);
        return {
          type: "text/event-stream; charset=utf-8",
          async stream(response) {
            try {
              await sendEvents(response, store, () => statusOf(parts), filter, cursor, isWelcome);
            } finally {
              leave(user.name);
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
