import { expect, test } from "vitest";
import type { JsonObject } from "../../event/document.ts";
import { trackPods } from "./watch-pods.ts";

const [A, B] = ["aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"];

function podOf(uid: string, annotations: JsonObject = {}): JsonObject {
  return { metadata: { name: uid.slice(0, 1), namespace: "n", uid, annotations } };
}

function mirror(hash: string): JsonObject {
  return { "kubernetes.io/config.hash": hash, "kubernetes.io/config.mirror": hash };
}

/** A collection of pods, and the changes that it reported. */
function open() {
  const reported: string[] = [];
  const pods = trackPods({
    put: ({ pod }) => reported.push(`+${pod.cgroupUid.slice(0, 4)} ${pod.uid.slice(0, 1)}`),
    end: (cgroupUid) => reported.push(`-${cgroupUid.slice(0, 4)}`),
  });
  return { pods, reported };
}

test.each([
  ["the UID of another pod", { "kubernetes.io/config.hash": A }],
  ["the UID of another pod, as a static pod", mirror(A)],
  ["a hash only", { "kubernetes.io/config.hash": "d41d8cd98f00b204e9800998ecf8427e" }],
  ["a hash and another one", { ...mirror("d41d"), "kubernetes.io/config.mirror": "e52e" }],
])("a pod keeps its own UID if its annotations contain %s", (_what, annotations) => {
  const { pods, reported } = open();
  pods.take(podOf(A));
  pods.take(podOf(B, annotations));
  expect(reported).toEqual(["+aaaa a", "+bbbb b"]);
});

test("a pod whose hash changes is removed with the former hash, and later with the new hash", () => {
  const { pods, reported } = open();
  pods.take(podOf(A, mirror("d41d8cd98f00b204e9800998ecf8427e")));
  pods.take(podOf(A, mirror("e52e8cd98f00b204e9800998ecf8427e")));
  pods.remove(podOf(A));
  expect(reported).toEqual(["+d41d a", "-d41d", "+e52e a", "-e52e"]);
  expect(pods.size).toBe(0);
});

test("a pod that only a failed list contained is removed after the next complete list", () => {
  const { pods, reported } = open();
  pods.relist().take(podOf(A)); // fails after the first page
  const second = pods.relist();
  second.take(podOf(B));
  second.done();
  expect(reported).toEqual(["+aaaa a", "+bbbb b", "-aaaa"]);
  pods.relist().done();
  expect(reported.slice(3)).toEqual(["-bbbb"]);
});
