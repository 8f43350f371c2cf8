// Runs Suricata, which reads a capture and writes its events to a socket, in both of its socket modes.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { SURICATA_CONFIG } from "../../../test/parts/programs.ts";
import { member } from "../../event/document.ts";
import { Event } from "../../event/event.ts";
import { openInbox } from "../inbox.ts";
import { linesOf } from "../reader.ts";
import { readerOf } from "../sources.ts";
import { openUnixLines } from "../unix/lines.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-suricata-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Builds an IPv4 datagram without checksums. */
function datagram(from: number, to: number, sport: number, dport: number, content: Buffer): Buffer {
  const packet = Buffer.alloc(28 + content.length);
  packet.set([0x45, 0], 0);
  packet.writeUInt16BE(packet.length, 2);
  packet.set([64, 17], 8);
  packet.set([10, 0, 0, from, 10, 0, 0, to], 12);
  packet.writeUInt16BE(sport, 20);
  packet.writeUInt16BE(dport, 22);
  packet.writeUInt16BE(8 + content.length, 24);
  content.copy(packet, 28);
  return packet;
}

/** Builds a capture of raw IP packets, one millisecond apart. */
function pcap(packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(101, 20); // raw IP
  const records = packets.map((packet, i) => {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(1_700_000_000, 0);
    head.writeUInt32LE(1000 * i, 4);
    head.writeUInt32LE(packet.length, 8);
    head.writeUInt32LE(packet.length, 12);
    return Buffer.concat([head, packet]);
  });
  return Buffer.concat([header, ...records]);
}

/** Builds a DNS query for the address of a.example, or its answer. */
function dns(answer: boolean): Buffer {
  const name = Buffer.from("\x01a\x07example\0", "latin1");
  const question = Buffer.concat([name, Buffer.from([0, 1, 0, 1])]);
  if (!answer) return Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), question]);
  const found = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 80]);
  return Buffer.concat([Buffer.from([0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]), question, found]);
}

const capture = join(folder, "dns.pcap");
const packets = [datagram(1, 2, 40_000, 53, dns(false)), datagram(2, 1, 53, 40_000, dns(true))];
writeFileSync(capture, pcap(packets));

async function suricata(filetype: string, socket: string): Promise<string> {
  const include = join(folder, `${filetype}.yaml`);
  writeFileSync(
    include,
    `%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      filetype: ${filetype}\n      filename: ${socket}\n      types: [dns, flow]\n`,
  );
  const words = [
    "-c",
    SURICATA_CONFIG,
    "--include",
    include,
    "-S",
    "/dev/null",
    "-k",
    "none",
    "-l",
    folder,
    "-r",
    capture,
  ];
  const child = spawn("suricata", words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const status = await new Promise((resolve) => child.once("close", resolve));
  return `${status}: ${said}`;
}

describe("Suricata", needs("suricata"), () => {
  test.each([
    ["unix_stream", false],
    ["unix_dgram", true],
  ])("writes its events to Eyas with filetype %s", { timeout: 300_000 }, async (filetype, datagrams) => {
    const reader = await readerOf("suricata");
    if (reader === undefined) throw new Error("no reader");
    const path = join(folder, `${filetype}.sock`);
    const inbox = openInbox("suricata", { most: 100 });
    const maxLine = 256 << 10;
    const feed = await openUnixLines(
      { path, datagrams, from: `unix:${path}`, maxLine, decode: linesOf(reader, maxLine) },
      inbox,
    );
    const said = await suricata(filetype, path);
    const event = new Event();
    const events: unknown[] = [];
    await expect
      .poll(
        () => {
          while (inbox.next(event)) events.push(member(event.document, "event_type"));
          return events.length;
        },
        { timeout: 60_000, message: said },
      )
      .toBeGreaterThanOrEqual(3);
    await feed.close();
    expect(events.sort()).toEqual(["dns", "dns", "flow"]);
    expect(Object.fromEntries(feed.counts.refused)).toEqual({});
  });
});
