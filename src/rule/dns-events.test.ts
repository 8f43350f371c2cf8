import { expect, test } from "vitest";
import { parse } from "../condition/parse.ts";
import { wholeCall } from "../event/narrowed.ts";
import { syscallName } from "../event/syscalls.ts";
import { eventTypes } from "../event/types.ts";
import { vocabulary } from "../field/catalogue.ts";
import { dnsClasses } from "../field/dns.ts";
import { type EventCondition, eventLanguage } from "./language.ts";

const language = eventLanguage(vocabulary({}, dnsClasses), { base64Buffers: false });

function bound(condition: string): EventCondition {
  return language.bind(parse(condition), "syscall").bound;
}

const events = ({ codes }: EventCondition) => [...codes].map((code) => eventTypes[code]!.key).sort();
/** The names of system calls. `*` marks calls of which only messages to and from DNS servers are selected. */
const calls = (condition: EventCondition) =>
  [...condition.calls()].map((id) => `${syscallName[wholeCall(id)]}${id === wholeCall(id) ? "" : "*"}`).sort();

test("a condition on a DNS message requires only the DNS messages of calls that can transfer them", () => {
  const asked = bound("dns.type = query and dns.name endswith .pool.test");
  expect(calls(asked)).toEqual(
    "read* readv* recv* recvfrom* recvmmsg* recvmsg* send* sendmmsg* sendmsg* sendto* write* writev*".split(" "),
  );
  expect(events(asked)).toContain("SENDMMSG_X");
  expect(events(asked).every((key) => key.endsWith("_X"))).toBe(true);
  expect(asked.codes.size).toBeLessThan(20);
});

test("a condition on a DNS message can restrict the calls", () => {
  expect(calls(bound("evt.type in (sendto, write) and dns.name = a.test"))).toEqual(["sendto*", "write*"]);
});

test("a condition that may be true for other events requires all events of the calls", () => {
  const either = bound("evt.type = write and (dns.name = a.test or proc.name = x)");
  expect(calls(either)).toEqual(["write", "write*"]);
  expect(calls(bound("evt.type = sendto and not dns.name = a.test"))).toEqual(["sendto", "sendto*"]);
});
