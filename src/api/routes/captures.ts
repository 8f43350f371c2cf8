import { CAPTURE } from "../../alert/capture-field.ts";
import { notFound } from "../api-error.ts";
import { auditedRequest } from "../audited-request.ts";
import { route } from "../route.ts";
import { Samples } from "../schemas/rule.ts";
import { knownAlert } from "./alert.ts";

const BYTES = "application/octet-stream";
const COMPRESSED = { mediaType: BYTES, about: "A `.scap` file, compressed." } as const;

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
  about: "Downloads the machine's recent events as a capture; requires `web_page.recent_events_size`.",
  answer: COMPRESSED,
  async take({ user, address }, parts) {
    const entry = { user: user.name, address, action: "recent events" };
    const result = await auditedRequest({ kind: "recent" }, entry, parts);
    if ("refused" in result) throw notFound(result.refused);
    return { bytes: result.bytes ?? new Uint8Array(0), type: BYTES };
  },
});

export const readCapture = route({
  method: "GET",
  path: "/alerts/{id}/capture",
  role: "responder",
  about: "Downloads the capture that contains the event of an alert; requires `capture.enabled`.",
  answer: COMPRESSED,
  async take({ path: { id }, user, address, isHead }, { store, captures }) {
    const alert = await knownAlert(store, id);
    const stated = alert.fields[CAPTURE];
    if (typeof stated !== "string" || alert.received) throw notFound("The alert has no capture.");
    if (!(await captures.has(stated)))
      throw notFound(
        "The capture is not on this machine, because later captures replaced it or it could not be written.",
      );
    if (!isHead) await store.addAuditEntry({ user: user.name, address, action: "capture", target: id });
    const name = stated.slice(stated.lastIndexOf("/") + 1).replace(/[^\w.-]/g, "_");
    const headers = { "content-disposition": `attachment; filename="${name}"` };
    return { pieces: captures.read(stated), type: BYTES, headers };
  },
});

function aboutSample(name: string): string {
  return name.startsWith("drill") ? "The drill: harmless actions that resemble attacks." : "A capture of system calls.";
}
