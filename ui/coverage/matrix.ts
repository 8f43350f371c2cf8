import type { Coverage } from "../../src/api/schemas/rule.ts";

export type Technique = Coverage["tactics"][number]["techniques"][number];

/** Coverage of a technique: `fired` if the journal contains alerts, `covered` if there are only rules. */
export type TechniqueState = "fired" | "covered";

export function stateOf({ fired }: Technique): TechniqueState {
  return fired > 0 ? "fired" : "covered";
}

/** A column of the matrix. */
export interface TacticColumn {
  readonly id: string;
  readonly name: string;
  readonly techniques: readonly Technique[];
  /** Number of distinct rules. */
  readonly rules: number;
  /** Number of techniques with alerts. */
  readonly fired: number;
}

export function columnsOf({ tactics }: Coverage): readonly TacticColumn[] {
  return tactics.map(({ id, name, techniques }) => ({
    id,
    name,
    techniques,
    rules: new Set(techniques.flatMap(({ rules }) => rules)).size,
    fired: techniques.filter(({ fired }) => fired > 0).length,
  }));
}

/** Returns the URL of the description of a technique or tactic; undefined for other tags. */
export function attackAddress(id: string): string | undefined {
  const technique = /^(T\d{4})(?:\.(\d{3}))?$/.exec(id);
  if (technique !== null) {
    const [, parent, part] = technique;
    return `https://attack.mitre.org/techniques/${parent}/${part === undefined ? "" : `${part}/`}`;
  }
  return /^TA\d{4}$/.test(id) ? `https://attack.mitre.org/tactics/${id}/` : undefined;
}

export type Arrow = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End";

export function isArrow(key: string): key is Arrow {
  return /^(?:Arrow(?:Up|Down|Left|Right)|Home|End)$/.test(key);
}

/** A cell of the matrix. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

/**
 * Returns the cell to which a key moves. Left and right skip tactics without techniques, and move to the last technique
 * of a shorter tactic.
 */
export function cellAt({ column, row }: Cell, key: Arrow, columns: readonly TacticColumn[]): Cell {
  const last = (at: number): number => (columns[at]?.techniques.length ?? 0) - 1;
  switch (key) {
    case "ArrowUp":
      return { column, row: Math.max(0, row - 1) };
    case "ArrowDown":
      return { column, row: Math.min(last(column), row + 1) };
    case "Home":
      return { column, row: 0 };
    case "End":
      return { column, row: last(column) };
    default: {
      const step = key === "ArrowLeft" ? -1 : 1;
      for (let next = column + step; next >= 0 && next < columns.length; next += step) {
        if (last(next) >= 0) return { column: next, row: Math.min(row, last(next)) };
      }
      return { column, row };
    }
  }
}
