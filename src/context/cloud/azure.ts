import { jsonIn, type Provider, textIn } from "./provider.ts";

/** Azure instance metadata service. */
export const azure: Provider = async (server) => {
  const answer = await server.ask("/metadata/instance/compute?api-version=2021-02-01", { metadata: "true" });
  if (answer.status !== 200) return undefined;
  const compute = jsonIn(answer);
  const instanceId = textIn(compute, "vmId");
  if (instanceId === "") return undefined;
  return {
    provider: "azure",
    region: textIn(compute, "location"),
    zone: textIn(compute, "zone"),
    instanceId,
    instanceType: textIn(compute, "vmSize"),
    account: textIn(compute, "subscriptionId"),
  };
};
