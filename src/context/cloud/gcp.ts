import type { Provider } from "./provider.ts";

/** Header that the Google Cloud metadata server requires in requests and includes in responses. */
const FLAVOR = { "metadata-flavor": "Google" };

export const gcp: Provider = async (server) => {
  const read = async (path: string): Promise<string | undefined> => {
    const { status, headers, bytes } = await server.ask(`/computeMetadata/v1${path}`, FLAVOR);
    return status === 200 && headers["metadata-flavor"] === "Google" ? bytes.toString("latin1").trim() : undefined;
  };
  const instanceId = await read("/instance/id");
  if (instanceId === undefined || instanceId === "") return undefined;
  // Returns the last segment of a value such as `projects/123/zones/europe-west1-b`.
  const last = async (path: string): Promise<string> => (await read(path))?.split("/").at(-1) ?? "";
  const zone = await last("/instance/zone");
  return {
    provider: "gcp",
    region: zone.replace(/-[a-z0-9]+$/, ""),
    zone,
    instanceId,
    instanceType: await last("/instance/machine-type"),
    account: (await read("/project/project-id")) ?? "",
  };
};
