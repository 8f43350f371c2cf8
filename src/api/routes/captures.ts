import { notFound } from "../api-error.ts";
import { route } from "../route.ts";
import { Samples } from "../schemas/rule.ts";

const BYTES = "application/octet-stream";

export const listSamples = route({
  method: "GET",
  path: "/samples",
  role: "viewer",
  about: "Lists the bundled captures.",
  answer: Samples,
  take: (_, { samples }) => ({
    json: samples.list().map(({ name, bytes }) => ({ name, bytes, about: aboutSample(name) })),
  }),
});

export const readSample = route({
  method: "GET",
  path: "/samples/{name}",
  role: "viewer",
  about: "Downloads a capture.",
  answer: { mediaType: BYTES, about: "A `.scap` file, compressed if its name ends with `.gz`." },
  take({ path }, { samples }) {
    const bytes = samples.read(path.name);
    if (bytes === undefined) throw notFound("Capture not found.");
    return { bytes, type: BYTES };
  },
});

export const readRecent = route({
  method: "GET",
  path: "/recent",
  role: "responder",
  about: "Downloads the recent events of the machine as a capture; requires `web_page.recent_events_size`.",
  answer: { mediaType: BYTES, about: "A `.scap` file." },
  async take({ user, address }, { store, sensor }) {
    const result = await sensor.request({ kind: "recent" });
    if ("refused" in result) throw notFound(result.refused);
    await store.addAuditEntry({ user: user.name, address, action: "recent events" });
    return { bytes: result.bytes ?? new Uint8Array(0), type: BYTES };
  },
});

function aboutSample(name: string): string {
  return name.startsWith("drill") ? "The drill: harmless actions that look hostile." : "A capture of system calls.";
}
