import { type Facts, factsOf, textOf } from "../../../transport/json.ts";

// Objects that Eyas changed because of pods: their annotation names the pods, so that the change is undone after the last.

/** Annotation with the pods, as `namespace/name` separated by commas. */
export const HELD_FOR = "eyas/held-for";
/** Maximum pods; the oldest are removed. */
const MAX_HOLDS = 100;

/** The pods for which Eyas changed an object; empty for objects that it did not change. */
export function holdsOf(facts: Facts): readonly string[] {
  const text = textOf(factsOf(factsOf(facts.metadata).annotations)[HELD_FOR]);
  return text === "" ? [] : text.split(",");
}

/** The annotation with one more pod. */
export function withHold(facts: Facts, pod: HeldPod): string {
  const name = holdName(pod);
  return [...holdsOf(facts).filter((each) => each !== name), name].slice(-MAX_HOLDS).join(",");
}

/** The annotation without a pod; undefined if it was the last. */
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
