import { expect, test } from "vitest";
import { cloneValues, execValues, process } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { Event } from "../event/event.ts";
import { EventFlag } from "../event/schema.ts";
import type { ThreadRecord } from "../event/snapshot.ts";
import { eventFlags } from "../event/types.ts";
import { type ParamValue, writeEvent } from "../event/write.ts";
import { PodEvents } from "./pod-events.ts";

const UID = "12345678-90ab-cdef-1234-567890abcdef";
const cgroups = (uid: string): string =>
  `cpu=/kubepods.slice/kubepods-pod${uid.replaceAll("-", "_")}.slice/cri-containerd-${"ab".repeat(32)}.scope\0`;
const OWN = cgroups(UID);
const OTHER = cgroups(UID.replace("1", "2"));

const event = new Event();
let time = 1_700_000_000_000_000_000n;

function happens(pod: PodEvents, code: number, tid: number, values: readonly ParamValue[]): boolean {
  const bytes = writeEvent(code, tid, time++, values);
  const large = (eventFlags[code]! & EventFlag.largePayload) !== 0;
  event.place(bytes, new DataView(bytes.buffer), 0, 0, large ? 4 : 2);
  return pod.has(event);
}

test("events of a pod's processes are selected: existing processes, their children, and processes that enter its containers", () => {
  const pod = new PodEvents(UID);
  const passed: ThreadRecord[] = [];
  const nothing = () => {};
  const sink = pod.with({
    ...{ machine: nothing, descriptors: nothing, interfaces: nothing, accounts: nothing },
    thread: (record) => passed.push(record),
  });
  for (const record of [
    process(1, 0),
    process(10, 1, { cgroups: OWN }),
    process(20, 1, { cgroups: OTHER }),
    process(30, 1),
  ])
    sink.thread(record);
  expect(passed).toHaveLength(4);
  const { GETUID_X, CLONE_20_X, EXECVE_19_X, PROCEXIT_1_E, CONTAINER_JSON_2_E } = EventCode;
  const calls = (...tids: readonly number[]): boolean[] => tids.map((tid) => happens(pod, GETUID_X, tid, [0]));
  expect(calls(1, 10, 20, 30, 99)).toEqual([false, true, false, false, false]);
  const child = { tid: 11, pid: 11, ptid: 10, vtid: 11, vpid: 11, comm: "sh", cgroups: OWN };
  expect(happens(pod, CLONE_20_X, 11, cloneValues(0, child))).toBe(true);
  expect(happens(pod, EXECVE_19_X, 30, execValues({ pid: 30, ptid: 1, tid: 30, cgroups: OWN }))).toBe(true);
  expect(calls(11, 30, 20)).toEqual([true, true, false]);
  expect(happens(pod, PROCEXIT_1_E, 11, [0, 0, 0, 0, 0])).toBe(true);
  expect(happens(pod, GETUID_X, 1, [0])).toBe(false);
  expect(calls(11)).toEqual([false]);
  expect(happens(pod, CONTAINER_JSON_2_E, -1, ['{"container":{"id":"a"}}'])).toBe(true);
});
