import type { Stage } from "../action.ts";

/** A connection, with the keys that Suricata and ulogd2 use. */
export interface Flow {
  readonly src_ip: string;
  readonly src_port: number;
  readonly dest_ip: string;
  readonly dest_port: number;
}

/** A flow between documentation addresses (RFC 5737), which belongs to no process on this machine. */
export const REMOTE: Flow = { src_ip: "192.0.2.1", src_port: 9, dest_ip: "203.0.113.9", dest_port: 443 };

/** A process that owns a connection. */
export interface FlowOwner {
  /** Name of the program. It is a link to Node.js. */
  readonly as: string;
  readonly container?: "docker" | "host";
  /**
   * Address of both ends of the connection. The process has its own network namespace, in which the address is local.
   * Default: the loopback address, without a network namespace.
   */
  readonly address?: string;
}

/** Starts a process with a connection to itself, which stays open until the action ends. */
export async function openFlow(stage: Stage, { as, container, address = "127.0.0.1" }: FlowOwner): Promise<Flow> {
  const line = await stage.hold("flow", [address], { as, ...(container && { container }) });
  const [from = "", to = ""] = line.split(" ");
  return { src_ip: address, src_port: Number(from), dest_ip: address, dest_port: Number(to) };
}

/** Addresses for flows whose process has its own network namespace. */
export const METADATA_SERVICE = "169.254.169.254";
export const LINK_LOCAL = "169.254.7.7";
