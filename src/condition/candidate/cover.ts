import type { Node } from "../simplify.ts";
import { type Atom, atomsOf, type LookupKind } from "./atom.ts";

/** Atoms such that at least one is true if a condition is true. `cost` estimates how often an atom is true. */
export interface Cover {
  readonly atoms: readonly Atom[];
  readonly cost: number;
}

/** Chooses covers of conditions, all of which must be counted first. Prefers atoms that few other conditions have. */
export class CoverFinder {
  /** Subjects that cannot be looked up. */
  private readonly excluded: ReadonlySet<string>;
  private readonly counts = new Map<string, Map<Atom["operand"], number>>();
  private readonly atoms = new Map<Node, readonly Atom[] | undefined>();
  private readonly covers = new Map<Node, Cover | undefined>();

  constructor(excluded: ReadonlySet<string>) {
    this.excluded = excluded;
  }

  /** Returns the cover with the fewest candidates; undefined if the condition has no cover. */
  of(node: Node): Cover | undefined {
    if (!this.covers.has(node)) this.covers.set(node, this.find(node));
    return this.covers.get(node);
  }

  private find(node: Node): Cover | undefined {
    switch (node.kind) {
      case "and": {
        let best: Cover | undefined;
        for (const operand of node.operands) {
          const cover = this.of(operand);
          if (cover !== undefined && (best === undefined || cover.cost < best.cost)) best = cover;
        }
        return best;
      }
      case "or": {
        const atoms: Atom[] = [];
        let cost = 0;
        for (const operand of node.operands) {
          const cover = this.of(operand);
          if (cover === undefined) return undefined;
          atoms.push(...cover.atoms);
          cost += cover.cost;
        }
        return { atoms, cost };
      }
      case "leaf": {
        const atoms = this.leaf(node);
        if (atoms === undefined) return undefined;
        return { atoms, cost: atoms.reduce((sum, atom) => sum + atom.weight * this.countOf(atom), 0) };
      }
      default:
        return undefined;
    }
  }

  private leaf(node: Node): readonly Atom[] | undefined {
    if (this.atoms.has(node)) return this.atoms.get(node);
    const atoms = atomsOf(node);
    const allowed = atoms === undefined || this.excluded.has(atoms[0]!.subject.key) ? undefined : atoms;
    this.atoms.set(node, allowed);
    return allowed;
  }

  /** Counts the atoms of a condition. */
  count(node: Node): void {
    if (node.kind === "and" || node.kind === "or") for (const operand of node.operands) this.count(operand);
    else if (node.kind === "leaf") {
      for (const atom of this.leaf(node) ?? []) {
        const counts = this.countsOf(atom);
        counts.set(atom.operand, (counts.get(atom.operand) ?? 0) + 1);
      }
    }
  }

  private countOf(atom: Atom): number {
    return this.countsOf(atom).get(atom.operand) ?? 0;
  }

  private countsOf({ subject, kind }: { readonly subject: Atom["subject"]; readonly kind: LookupKind }) {
    const key = `${kind} ${subject.key}`;
    let counts = this.counts.get(key);
    if (counts === undefined) {
      counts = new Map();
      this.counts.set(key, counts);
    }
    return counts;
  }
}
