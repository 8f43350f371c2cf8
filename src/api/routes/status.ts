import type { Dependencies } from "../dependencies.ts";
import { sendEvents } from "../events.ts";
import { filterOf, filterParameters } from "../filter/filter.ts";
import { route } from "../route.ts";
import { object, optional, shortText } from "../schema.ts";
import { Status } from "../schemas/status.ts";
import { parsePosition, type StreamPosition } from "../stream-position.ts";
import { outputStatuses } from "./outputs.ts";

export const showStatus = route({
  method: "GET",
  path: "/status",
  role: "viewer",
  about: "Returns the status of sources, outputs, responses, journal and rules.",
  answer: Status,
  take: async (_, parts) => ({ json: await statusOf(parts) }),
});

export const followEvents = route({
  method: "GET",
  path: "/events",
  role: "viewer",
  about:
    "Streams server-sent events: `alert` for each alert, `state` for each state change, `states` after a bulk change has changed states (at most once per second), `status` every two seconds. `Last-Event-ID` resumes after an alert. A user can have up to 16 open streams.",
  query: object({
    ...filterParameters,
    follow: optional(
      shortText(
        200,
        "The value of `follow` in a list of alerts, to start where the list ends. Default: the current position.",
      ),
    ),
  }),
  answer: { mediaType: "text/event-stream", about: "Server-sent events with JSON data." },
  async take({ query, headers, isHead, user, isAuthorized }, parts) {
    const { store, followers } = parts;
    const filter = filterOf(query, store.isField);
    const { changes, cursor: begin } = query.follow === undefined ? FROM_NOW : parsePosition(query.follow);
    const id = headers["last-event-id"];
    const cursor = (typeof id === "string" ? await store.cursorOf(id) : undefined) ?? begin ?? (await store.end());
    if (!isHead) followers.join(user.name);
    return {
      type: "text/event-stream; charset=utf-8",
      async stream(sink) {
        try {
          await sendEvents(sink, { store, filter, cursor, changes, isAuthorized, status: () => statusOf(parts) });
        } finally {
          followers.leave(user.name);
        }
      },
    };
  },
});

const FROM_NOW: Partial<StreamPosition> = {};

async function statusOf(parts: Dependencies): Promise<Status> {
  const { sensor, store } = parts;
  const { outputs: _, exhausted, dryRun, ...status } = sensor.status();
  const [journal, outputs, responses] = await Promise.all([
    store.facts(),
    outputStatuses(parts),
    store.responseStatus(),
  ]);
  return {
    ...status,
    responses: { ...responses, exhausted, dryRun },
    outputs,
    journal,
    fleet: store.isFleet,
  };
}
