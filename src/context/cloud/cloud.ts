import { setTimeout as sleep } from "node:timers/promises";
import type { Cloud } from "../../machine/host.ts";
import { aws } from "./aws.ts";
import { azure } from "./azure.ts";
import { gcp } from "./gcp.ts";
import { metadataServer, type Provider } from "./provider.ts";

/** Address of the metadata service. It is the same for all providers. */
export const METADATA_ADDRESS = "http://169.254.169.254";

const providers = { aws, gcp, azure } as const;
export type ProviderName = keyof typeof providers;

export interface CloudOptions {
  /** The provider; undefined to detect the provider. */
  readonly provider: ProviderName | undefined;
  /** Address of the metadata service. */
  readonly address: string;
  /** Timeout for a response, in milliseconds. */
  readonly timeout: number;
  /** Delays before each retry while no provider responds, in milliseconds. */
  readonly again?: readonly number[];
}

const AGAIN = [2000, 10_000, 60_000];

/**
 * Fetches the cloud metadata of this machine. Never throws.
 * @returns undefined if no provider responds, or if `signal` is aborted
 */
export async function findCloud(options: CloudOptions, signal: AbortSignal): Promise<Cloud | undefined> {
  const { provider, address, timeout, again = AGAIN } = options;
  const server = metadataServer(address, timeout, signal);
  const asked: readonly Provider[] = provider === undefined ? Object.values(providers) : [providers[provider]];
  const look = async (ask: Provider): Promise<Cloud> => {
    const cloud = await ask(server);
    if (cloud === undefined) throw new Error("the machine is not an instance of this provider");
    return cloud;
  };
  for (const wait of [...again, undefined]) {
    try {
      return await Promise.any(asked.map(look));
    } catch {
      if (wait === undefined || signal.aborted) return undefined;
    }
    await sleep(wait, undefined, { signal, ref: false }).catch(() => {});
  }
  return undefined;
}
