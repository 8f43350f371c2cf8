import { createHash } from "node:crypto";
import { readHost } from "../../context/host.ts";
import { fromByteString } from "../../event/bytes.ts";
import { host } from "../load/load.ts";
import { hostRoot } from "../sensor/host-root.ts";

/** The properties of this machine that do not change while the agent runs. */
export interface MachineIdentity {
  /** The hash of the machine ID and the host name: 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly kernel: string;
  readonly architecture: string;
}

export function machineIdentity(): MachineIdentity {
  const { machineId, kernel, arch } = readHost(hostRoot);
  return {
    id: agentId(machineId, host),
    name: host,
    kernel: fromByteString(kernel),
    architecture: fromByteString(arch),
  };
}

/**
 * The machine ID itself is confidential (machine-id(5)). The host name distinguishes machines whose disks are copies of
 * the same image.
 */
export function agentId(machineId: string, hostname: string): string {
  return createHash("sha256").update(`eyas agent\n${machineId}\n${hostname}`).digest("hex").slice(0, 32);
}
