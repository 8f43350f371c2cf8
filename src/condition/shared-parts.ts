import type { Bound, BoundJunction } from "./bound.ts";
import { junctionTest } from "./emit.ts";
import { Alike, type Node, type Parts, type PartTest, Simplifier } from "./simplify.ts";

/** Minimum number of tests in a part that is compiled once for all event types. */
const LARGE = 256;

/**
 * Large parts of conditions that do not depend on the event type, compiled once for all event types. Otherwise, a
 * condition with thousands of tests would be compiled for each of hundreds of event types. A part is compiled at its
 * first evaluation.
 */
export class SharedParts {
  readonly alike = new Alike();
  private readonly simplifier = new Simplifier(undefined, this, this.alike);
  private readonly sizes = new Map<Node, number>();
  private readonly known = new Map<BoundJunction, Parts | undefined>();

  /** The parts of a junction; undefined if it has no large part. */
  of(junction: BoundJunction): Parts | undefined {
    if (testsOf(junction, LARGE) < LARGE) return undefined;
    if (this.known.has(junction)) return this.known.get(junction);
    const parts = this.split(junction);
    this.known.set(junction, parts);
    return parts;
  }

  private split(junction: BoundJunction): Parts | undefined {
    const alike = junction.operands.filter((operand) => !this.alike.isDependent(operand));
    if (alike.length === 0) return undefined;
    const node = this.simplifier.join(junction.kind, alike);
    if (this.size(node) < LARGE) return undefined;
    const groups = node.kind === junction.kind ? this.chunks(node.operands) : [[node]];
    return {
      rest: junction.operands.filter((operand) => this.alike.isDependent(operand)),
      tests: groups.map((group, i) => this.test(junction, group, i)),
    };
  }

  private test({ kind }: BoundJunction, group: readonly Node[], i: number): PartTest {
    let compiled: PartTest["test"] | undefined;
    return {
      kind: "own",
      key: `part ${this.known.size}.${i}`,
      test(event) {
        compiled ??= junctionTest(kind, group);
        return compiled(event);
      },
    };
  }

  private chunks(operands: readonly Node[]): Node[][] {
    const chunks: Node[][] = [];
    let size = LARGE;
    for (const operand of operands) {
      if (size >= LARGE) {
        chunks.push([]);
        size = 0;
      }
      chunks.at(-1)?.push(operand);
      size += this.size(operand);
    }
    return chunks;
  }

  private size(node: Node): number {
    const known = this.sizes.get(node);
    if (known !== undefined) return known;
    let size = 1;
    if (node.kind === "not") size = this.size(node.operand);
    else if (node.kind === "and" || node.kind === "or")
      size = node.operands.reduce((sum, operand) => sum + this.size(operand), 0);
    this.sizes.set(node, size);
    return size;
  }
}

/** Number of tests, counted up to `most`. */
function testsOf(bound: Bound, most: number): number {
  if (bound.kind === "not") return testsOf(bound.operand, most);
  if (bound.kind !== "and" && bound.kind !== "or") return 1;
  let tests = 0;
  for (const operand of bound.operands) {
    tests += testsOf(operand, most - tests);
    if (tests >= most) return tests;
  }
  return tests;
}
