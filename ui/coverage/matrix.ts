import type { Coverage } from "../../src/api/schemas/rule.ts";

export type Technique = Coverage["tactics"][number]["techniques"][number];

/** Techniques that the matrix shows; empty: all. */
export type Selection = "" | "covered" | "gaps";

/** A technique of the matrix. */
export interface MatrixCell {
  readonly technique: Technique;
  /** Name. For a sub-technique below its technique, the name of the technique is omitted. */
  readonly name: string;
  /** Whether the cell is a sub-technique below its technique. */
  readonly isNested: boolean;
  /** Number of sub-techniques, and of sub-techniques with rules. */
  readonly subTechniques: { readonly all: number; readonly covered: number };
}

/** A column of the matrix. Numbers of techniques include sub-techniques. */
export interface TacticColumn {
  readonly id: string;
  readonly name: string;
  /** The techniques that are shown. */
  readonly cells: readonly MatrixCell[];
  /** Number of techniques for Linux or Containers, and of such techniques with rules. */
  readonly all: number;
  readonly covered: number;
}

/**
 * Returns the columns of the matrix.
 * @param withSubTechniques whether sub-techniques are shown
 */
export function columnsOf(
  { tactics }: Pick<Coverage, "tactics">,
  selection: Selection = "",
  withSubTechniques = true,
): readonly TacticColumn[] {
  return tactics.map(({ id, name, techniques }) => {
    const listed = techniques.filter(({ other }) => other !== true);
    const isListed = (other: string): boolean => techniques.some((technique) => technique.id === other);
    const shown = techniques.filter(
      (technique) =>
        isSelected(technique, selection) &&
        (withSubTechniques || !isSubTechnique(technique.id) || !isListed(parentOf(technique.id))),
    );
    const ids = new Set(shown.map((technique) => technique.id));
    return {
      ...{ id, name, all: listed.length, covered: listed.filter(isCovered).length },
      cells: shown.map((technique): MatrixCell => {
        const isNested = isSubTechnique(technique.id) && ids.has(parentOf(technique.id));
        const parts = techniques.filter((one) => one.id.startsWith(`${technique.id}.`));
        return {
          technique,
          name: isNested ? technique.name.slice(technique.name.indexOf(": ") + 2) : technique.name,
          isNested,
          subTechniques: { all: parts.length, covered: parts.filter(isCovered).length },
        };
      }),
    };
  });
}

function isSelected(technique: Technique, selection: Selection): boolean {
  return selection === "" || isCovered(technique) === (selection === "covered");
}

export function isCovered({ rules }: Technique): boolean {
  return rules.length > 0;
}

export function isSubTechnique(id: string): boolean {
  return id.includes(".");
}

/** Returns the ID of the technique to which a sub-technique belongs. */
export function parentOf(id: string): string {
  return id.slice(0, id.indexOf("."));
}

/** Each technique of the matrix once, by ID. */
export function techniquesById({ tactics }: Pick<Coverage, "tactics">): ReadonlyMap<string, Technique> {
  return new Map(tactics.flatMap(({ techniques }) => techniques.map((technique) => [technique.id, technique])));
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

/** Position of a cell in the matrix. */
export interface Position {
  readonly column: number;
  readonly row: number;
}

/**
 * Returns the position to which a key moves. Left and right skip tactics without techniques, and move to the last
 * technique of a shorter tactic.
 */
export function positionAt(
  { column, row }: Position,
  key: Arrow,
  columns: readonly Pick<TacticColumn, "cells">[],
): Position {
  const last = (at: number): number => (columns[at]?.cells.length ?? 0) - 1;
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
