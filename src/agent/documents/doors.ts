import { existsSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import { isLoopback, type Origin } from "../../config/origin.ts";
import {
  asksWho,
  type CertificateSettings,
  certificateRenewals,
  checkToken,
  readCertificates,
  type TokenSettings,
} from "../../server/credentials.ts";
import { type Endpoint, type IntakeServer, openIntake } from "../../server/intake.ts";
import { JSON_TYPES, takeDocuments } from "../../source/door.ts";
import { type Feed, newCounts } from "../../source/feed.ts";
import type { Intake } from "../../source/inbox.ts";
import type { Split } from "../../source/split.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { Failure } from "../failure.ts";

/** A place where events of a source are posted. */
export interface WantedDoor {
  readonly at: Origin & { readonly kind: "http" };
  /** How the keys of the source's settings begin: `sources.k8s_audit`. */
  readonly keys: string;
  readonly settings: CertificateSettings &
    TokenSettings & { readonly max_body: number; readonly max_event: number; readonly max_rate: number };
  readonly split: Split;
  readonly intake: Intake;
}

/** A door that is open. */
export interface OpenDoor extends Feed {
  /** Where it is: `http://127.0.0.1:9765/k8s-audit`. */
  readonly url: string;
  /** Answers so far, by status. */
  readonly answers: ReadonlyMap<number, number>;
}

/**
 * Opens doors; those with one address share a server. When the last of a server's doors is closed, what is on its way
 * gets a few seconds: its sender is answered where it is judged by then.
 * @param log is told of doors that anybody can reach
 * @returns in the order of `wanted`
 * @throws Failure with one sentence; then none is open
 */
export async function openDoors(wanted: readonly WantedDoor[], log?: Log): Promise<readonly OpenDoor[]> {
  const open = new Map<WantedDoor, OpenDoor>();
  const servers: IntakeServer[] = [];
  try {
    for (const group of byAddress(wanted)) await openGroup(group, open, servers);
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error instanceof Error && !(error instanceof Failure) ? new Failure(error.message) : error;
  }
  for (const { at, settings } of wanted)
    if (!isGuarded(at.host, settings)) log?.(logLines.intakeUnauthenticated(at.text));
  return wanted.flatMap((one) => open.get(one) ?? []);
}

/** Whether not everybody who reaches an address is let in. */
export function isGuarded(host: string, settings: CertificateSettings & TokenSettings): boolean {
  return isLoopback(host) || asksWho(settings);
}

async function openGroup(
  group: readonly WantedDoor[],
  open: Map<WantedDoor, OpenDoor>,
  servers: IntakeServer[],
): Promise<void> {
  const [{ at, keys, settings }] = group;
  const counts = new Map(group.map((one) => [one, newCounts(one.at.text)]));
  const doors = new Map<string, Endpoint>();
  for (const one of group) {
    const { path } = one.at;
    if (doors.has(path)) throw new Failure(`Two sources can't be posted to one address: ${one.at.text}.`);
    doors.set(path, doorFor(one, counts.get(one) ?? newCounts(one.at.text)));
  }
  const server = await openIntake(
    {
      address: onThisMachine(at.host),
      port: at.port,
      tls: certificatesOf(group),
      renewed: certificateRenewals(settings, keys),
      maxRate: Math.max(...group.map(({ settings }) => settings.max_rate)),
      name: `The door of ${keys}`,
      keys: { address: `${keys}.from`, port: `${keys}.from` },
    },
    doors,
  );
  servers.push(server);
  let left = group.length;
  for (const one of group) {
    const { path } = one.at;
    let closed: Promise<void> | undefined;
    open.set(one, {
      url: server.url + path,
      counts: counts.get(one) ?? newCounts(one.at.text),
      answers: server.answers.get(path) ?? new Map(),
      close() {
        closed ??= --left === 0 ? server.close() : Promise.resolve();
        return closed;
      },
    });
  }
}

/** All addresses of a machine without IPv6 have another name. */
function onThisMachine(host: string): string {
  return host === "::" && !existsSync("/proc/net/if_inet6") ? "0.0.0.0" : host;
}

function doorFor({ settings, keys, split, intake }: WantedDoor, counts: OpenDoor["counts"]): Endpoint {
  const door = { split, intake, counts, maxEvent: settings.max_event };
  return {
    types: JSON_TYPES,
    maxBody: settings.max_body,
    check: checkToken(settings, keys),
    handle: ({ body, type }) => takeDocuments(door, body, type),
  };
}

/** What all doors of an address show and want to be shown. */
function certificatesOf(group: readonly WantedDoor[]): TlsOptions | undefined {
  const [first, ...others] = group;
  const { at, keys, settings } = first;
  for (const other of others) {
    const same = other.at.tls === at.tls && shown(other.settings) === shown(settings);
    if (!same)
      throw new Failure(
        `${other.at.text} has the address of ${at.text}, and other certificates: they have to be the same.`,
      );
  }
  if (at.tls && settings.certificate === "") throw new Failure(`${at.text} takes a certificate: ${keys}.certificate.`);
  return readCertificates(at.tls ? settings : { ...settings, certificate: "" }, keys);
}

function shown({ certificate, key, client_authority }: CertificateSettings): string {
  return JSON.stringify([certificate, key, client_authority]);
}

function byAddress(wanted: readonly WantedDoor[]): WantedDoor[][] {
  const groups = new Map<string, WantedDoor[]>();
  for (const [i, one] of wanted.entries()) {
    const { host, port } = one.at;
    // With port 0 each gets one of its own.
    const key = port === 0 ? `free ${i}` : `${host} ${port}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}
