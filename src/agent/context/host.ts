import { toByteString } from "../../event/bytes.ts";
import { type Cloud, UNKNOWN_HOST } from "../../machine/host.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { hostRoot } from "../sensor/host-root.ts";
import type { ContextOptions, ContextSettings } from "./context.ts";

/** Metadata of this machine and its cloud. */
export interface HostMetadata {
  /** Sets the metadata according to the settings. Metadata from the cloud's metadata service may be added later. */
  apply(settings: ContextSettings): Promise<void>;
  close(): void;
}

export function openHostMetadata({ machine, live, log }: ContextOptions): HostMetadata {
  /** Response of the metadata service. Valid across reloads, since a machine stays in its cloud. */
  let found: Cloud | undefined;
  /** The settings with which the metadata service is queried; "" if no queries are made. */
  let askedFor = "";
  let isAsking = false;
  let stop = new AbortController();
  let describe = (): void => {};

  async function ask({ metadata, address, timeout }: ContextSettings["cloud"]): Promise<void> {
    const { signal } = stop;
    isAsking = true;
    const { findCloud, METADATA_ADDRESS } = await import("../../context/cloud/cloud.ts");
    const provider = metadata === "auto" || metadata === "off" ? undefined : metadata;
    const answer = await findCloud({ provider, address: address || METADATA_ADDRESS, timeout }, signal);
    if (signal.aborted) return;
    isAsking = false;
    found = answer;
    log(found === undefined ? logLines.noCloud() : logLines.cloudDetected(found.provider, found.zone || found.region));
    describe();
  }

  return {
    async apply({ cloud, cluster, host }) {
      const own = live ? (await import("../../context/host.ts")).readHost(hostRoot) : UNKNOWN_HOST;
      const stated: Cloud = {
        provider: toByteString(cloud.provider),
        region: toByteString(cloud.region),
        zone: toByteString(cloud.zone),
        instanceId: toByteString(cloud.instance_id),
        instanceType: toByteString(cloud.instance_type),
        account: toByteString(cloud.account),
      };
      const named = { ...own, name: toByteString(host.name), cluster: toByteString(cluster.name) };
      describe = () => {
        machine.host = { ...named, cloud: found === undefined ? stated : merged(stated, found) };
      };
      const { metadata, address } = cloud;
      const askFor = live && metadata !== "off" ? JSON.stringify([metadata, address]) : "";
      if (askFor !== askedFor) {
        stop.abort();
        stop = new AbortController();
        askedFor = askFor;
        isAsking = false;
        found = undefined;
      }
      describe();
      if (askFor !== "" && found === undefined && !isAsking) void ask(cloud);
    },
    close() {
      stop.abort();
    },
  };
}

/** Combines configured values with values from the metadata service. Configured values take precedence. */
function merged(stated: Cloud, found: Cloud): Cloud {
  return {
    provider: stated.provider || found.provider,
    region: stated.region || found.region,
    zone: stated.zone || found.zone,
    instanceId: stated.instanceId || found.instanceId,
    instanceType: stated.instanceType || found.instanceType,
    account: stated.account || found.account,
  };
}
