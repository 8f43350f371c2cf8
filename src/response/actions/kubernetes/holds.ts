import { type Facts, factsOf, textOf } from "../../../transport/json.ts";

// An annotation on each object that Eyas changed because of pods. It lists the pods, so that Eyas can revert the change
// after the last pod is released.

/** Annotation that lists pods as `namespace/name`, separated by commas. */
export const HELD_FOR = "eyas/held-for";
/** Maximum number of pods in the annotation. The oldest are removed. */
const MAX_HOLDS = 100;

/** Returns the pods for which Eyas changed an object; empty if Eyas did not change the object. */
export function holdsOf(facts: Facts): readonly string[] {
  const text = textOf(factsOf(factsOf(facts.metadata).annotations)[HELD_FOR]);
  return text === "" ? [] : text.split(",");
}

/** Returns the annotation with an additional pod. */
export function withHold(facts: Facts, pod: HeldPod): string {
  const name = holdName(pod);
  return [...holdsOf(facts).filter((each) => each !== name), name].slice(-MAX_HOLDS).join(",");
}

/** Returns the annotation without a pod; undefined if no pods are left. */
export function withoutHold(facts: Facts, pod: HeldPod): string | undefined {
  const left = holdsOf(facts).filter((each) => each !== holdName(pod));
  return left.length === 0 ? undefined : left.join(",");
}

export function isHeldFor(facts: Facts, pod: HeldPod): boolean {
  return holdsOf(facts).includes(holdName(pod));
}

interface HeldPod {
  readonly namespace: string;
  readonly name: string;
}

function holdName({ namespace, name }: HeldPod): string {
  return `${namespace}/${name}`;
}
