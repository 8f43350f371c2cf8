import { notFound } from "../api-error.ts";
import { route } from "../route.ts";
import { Samples } from "../schemas/rule.ts";

const BYTES = "application/octet-stream";

export const listSamples = route({
  method: "GET",
  path: "/samples",
  role: "viewer",
  about: "Recordings that come with the program.",
  answer: Samples,
  take: (_, { samples }) => ({
    json: samples.list().map(({ name, bytes }) => ({ name, bytes, about: aboutSample(name) })),
  }),
});

export const readSample = route({
  method: "GET",
  path: "/samples/{name}",
  role: "viewer",
  about: "The bytes of a recording.",
  answer: { mediaType: BYTES, about: "A `.scap` file, compressed where its name ends with `.gz`." },
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
  about: "The last events of the machine as a recording, where they are kept (`web_page.recent_events_size`).",
  answer: { mediaType: BYTES, about: "A `.scap` file." },
  async take({ user, address }, { store, sensor }) {
    const granted = await sensor.request({ kind: "recent" });
    if ("refused" in granted) throw notFound(granted.refused);
    await store.addAuditEntry({ user: user.name, address, action: "recent events" });
    return { bytes: granted.bytes ?? new Uint8Array(0), type: BYTES };
  },
});

function aboutSample(name: string): string {
  return name.startsWith("drill") ? "The drill: harmless actions that look hostile." : "A recording of system calls.";
}
