import { type Flow, IpNumber } from "../event/flow.ts";
import { base64 } from "./print.ts";
import { sha1 } from "./sha1.ts";

/**
 * Types of ICMP messages that form pairs of request and reply. A pair is one flow; all other messages are one-way
 * flows.
 */
const ANSWERS: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  [IpNumber.ICMP]: pairs([8, 0], [13, 14], [15, 16], [10, 9], [17, 18]),
  [IpNumber.ICMP6]: pairs([128, 129], [133, 134], [135, 136], [130, 131], [139, 140], [144, 145]),
};

function pairs(...both: readonly (readonly [number, number])[]): ReadonlyMap<number, number> {
  return new Map(
    both.flatMap(([a, b]): [number, number][] => [
      [a, b],
      [b, a],
    ]),
  );
}

/** Protocols with ports. */
const WITH_PORTS: ReadonlySet<number> = new Set([IpNumber.TCP, IpNumber.UDP, IpNumber.SCTP]);

const VERSION = "1:";

/**
 * The Community ID (version 1) of a flow, which is the same for both directions and for all observers.
 * Source: https://github.com/corelight/community-id-spec
 * @param seed 0 to 65535; observers must use the same seed to get the same ID
 * @returns undefined if the flow lacks the ports or types that its protocol has
 */
export function communityId(flow: Flow, seed = 0): string | undefined {
  const { protocol } = flow;
  let { source, destination, sourcePort, destinationPort } = flow;
  const answers = ANSWERS[protocol];
  const hasPorts = answers !== undefined || WITH_PORTS.has(protocol);
  if (hasPorts && (sourcePort < 0 || destinationPort < 0)) return undefined;
  let inOrder = source < destination || (source === destination && (!hasPorts || sourcePort < destinationPort));
  if (answers !== undefined) {
    const answer = answers.get(sourcePort);
    if (answer === undefined) inOrder = true;
    else {
      destinationPort = answer;
      inOrder = source < destination || (source === destination && sourcePort < answer);
    }
  }
  if (!inOrder) {
    [source, destination] = [destination, source];
    [sourcePort, destinationPort] = [destinationPort, sourcePort];
  }
  const ends = `${word(seed)}${source}${destination}${String.fromCharCode(protocol, 0)}`;
  return VERSION + base64(sha1(hasPorts ? ends + word(sourcePort) + word(destinationPort) : ends));
}

/** A number as two bytes in network order. */
function word(value: number): string {
  return String.fromCharCode((value >> 8) & 255, value & 255);
}
