import { expect, test } from "vitest";
import { planMemory } from "./plan.ts";

const MiB = 2 ** 20;
const wanted = { ringSize: 8 * MiB, cpusPerRing: 2, onlineCpus: 2, page: true };

test("without a small limit, everything has its configured size", () => {
  expect(planMemory(4096 * MiB, wanted)).toMatchObject({
    ...{ isSmall: false, ringSize: 8 * MiB, cpusPerRing: 2, page: true },
    ...{
      maxThreads: undefined,
      relief: undefined,
      sqlite: undefined,
      heaps: undefined,
      mainHeap: undefined,
      alertShare: 1,
    },
  });
});

test.each([
  [150, { ringSize: 4 * MiB, page: false }],
  [256, { ringSize: 8 * MiB, page: true }],
  [512, { ringSize: 8 * MiB, page: true }],
])("within %i MB, ring buffers and page fit", (size, expected) => {
  const plan = planMemory(size * MiB, wanted);
  expect(plan).toMatchObject({ isSmall: true, ...expected });
  expect(plan.needed).toBeLessThanOrEqual(size * MiB);
});

test("on a machine with many CPUs, more CPUs share a ring buffer if one for each pair of CPUs does not fit", () => {
  const plan = planMemory(150 * MiB, { ...wanted, onlineCpus: 256 });
  expect(plan.ringSize).toBe(256 * 1024);
  expect(plan.ringSize * Math.ceil(256 / plan.cpusPerRing)).toBeLessThanOrEqual((150 * MiB) / 32);
});

test("the ring buffers of a large machine fit within a limit that is not small, too", () => {
  const plan = planMemory(1024 * MiB, { ...wanted, onlineCpus: 256 });
  expect(plan.ringSize * 128).toBeLessThanOrEqual(256 * MiB);
});

test("the page fits within the size that the plan states", () => {
  for (const onlineCpus of [1, 2, 64, 512])
    for (const size of [100, 150, 200, 256]) {
      const { neededWithPage } = planMemory(size * MiB, { ...wanted, onlineCpus });
      expect(planMemory(Math.ceil(neededWithPage / MiB) * MiB, { ...wanted, onlineCpus }).page).toBe(true);
    }
});

test.each([
  [150, { page: false, identity: false, files: false }],
  [256, { page: true, identity: false, files: false }],
  [512, { page: true, identity: true, files: true }],
])("within %i MB and with the page, executables and files are examined if they fit", (size, expected) => {
  expect(planMemory(size * MiB, wanted)).toMatchObject(expected);
});

test("executables and files are examined within the sizes that the plan states", () => {
  for (const page of [false, true])
    for (const onlineCpus of [1, 2, 64]) {
      const { neededWithIdentity, neededWithFiles } = planMemory(256 * MiB, { ...wanted, page, onlineCpus });
      expect(planMemory(neededWithIdentity, { ...wanted, page, onlineCpus })).toMatchObject({ identity: true });
      expect(planMemory(neededWithFiles, { ...wanted, page, onlineCpus })).toMatchObject({
        identity: true,
        files: true,
      });
    }
});
