import { identityOfAll } from "../machine/container-id.ts";
import type { Observed } from "../machine/observed.ts";
import type { CloudFoundryInstance } from "../machine/workload.ts";
import type { Field } from "./field.ts";
import type { Roles } from "./role.ts";
import { row } from "./row.ts";
import { ofWorkload, workloadOf } from "./workload.ts";

function cf(name: string, read: (instance: CloudFoundryInstance) => string, description: string, roles?: Roles): Field {
  return ofWorkload(name, ({ cf }) => (cf === undefined ? undefined : read(cf)), description, roles);
}

/** The GUID of the app instance, from the environment, otherwise from Garden's container name. */
function instanceGuid(event: Observed): string | undefined {
  const id = workloadOf(event)?.cf?.guid;
  if (id !== undefined && id !== "") return id;
  const { thread } = event;
  if (thread === undefined || thread.containerId === "") return undefined;
  const { engine, fullId } = identityOfAll(thread.cgroups);
  return engine === "garden" ? fullId : undefined;
}

const ESCAPED = /\.([0-9a-f]{2})/g;

/** Returns a reader for one part of the container name that BPM sets: `job` or `job.process`. */
function bpm(part: 0 | 1): (event: Observed) => string | undefined {
  return ({ thread }) => {
    if (thread === undefined || thread.containerId === "") return undefined;
    const { engine, fullId } = identityOfAll(thread.cgroups);
    if (engine !== "bpm") return undefined;
    // BPM writes characters other than letters, digits, "-" and "_" as a dot and two hexadecimal digits.
    const whole = fullId.replaceAll(ESCAPED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
    const dot = whole.indexOf(".");
    return dot < 0 ? whole : part === 0 ? whole.slice(0, dot) : whole.slice(dot + 1);
  };
}

const TRAIT = { about: "instance", as: "trait" } as const;

/** Cloud Foundry apps and BOSH jobs. */
export const cloudFoundryFields: readonly Field[] = [
  cf("cf.app.id", ({ appId }) => appId, "The GUID of the app.", { about: "app", as: "id" }),
  cf("cf.app.name", ({ appName }) => appName, "The name of the app.", {
    about: "app",
    as: "name",
    title: "Foundry app",
    column: "cf_app",
    aliases: ["app"],
  }),
  ofWorkload(
    "cf.app.uris",
    ({ cf }) => (cf === undefined || cf.uris.length === 0 ? undefined : cf.uris.join(",")),
    "The routes of the app, separated by commas.",
  ),
  cf("cf.app.version", ({ version }) => version, "The GUID of the app's version, which changes with each push."),
  cf("cf.space.id", ({ spaceId }) => spaceId, "The GUID of the space that the app is in."),
  cf("cf.space.name", ({ spaceName }) => spaceName, "The space's name.", {
    about: "space",
    as: "name",
    title: "Foundry space",
    column: "cf_space",
    aliases: ["space"],
  }),
  cf("cf.org.id", ({ orgId }) => orgId, "The GUID of the organization that the space is in."),
  cf("cf.org.name", ({ orgName }) => orgName, "The organization's name."),
  cf("cf.process.id", ({ processId }) => processId, "The GUID of the app's process."),
  cf(
    "cf.process.type",
    ({ processType }) => processType,
    "The type of the app's process, such as web or worker.",
    TRAIT,
  ),
  cf("cf.instance.index", ({ index }) => index, "The number of the instance, from 0.", TRAIT),
  row(
    "cf.instance.guid",
    "CHARBUF",
    instanceGuid,
    "The GUID of the instance, which is also the name of Garden's container.",
    { about: "instance", as: "id" },
  ),
  cf("cf.instance.ip", ({ ip }) => ip, "The address of the cell that the instance runs on.", TRAIT),
  cf("cf.api", ({ api }) => api, "The address of the Cloud Controller."),
  row("cf.job", "CHARBUF", bpm(0), "The BOSH job that BPM runs in the container."),
  row(
    "cf.job.process",
    "CHARBUF",
    bpm(1),
    "The name of the BPM process; the same as cf.job if the process is named like the job.",
  ),
];
