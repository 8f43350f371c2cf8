/** A column that the user has chosen. */
export interface ChosenColumn {
  /** Name of a built-in column, or of a field. */
  readonly name: string;
  /** Width in pixels; undefined: the default width. */
  readonly width?: number;
}

/** Bounds of the width of a column. If there is enough space, the column has the upper bound. */
interface ColumnSize {
  /** In rem. */
  readonly least: number;
  /** In rem; undefined: the column takes the remaining space. */
  readonly most?: number;
  /** Upper bound in a list that is at most 1024 pixels wide, in rem. */
  readonly tight?: number;
  /** Lower bound in a list that is at most 640 pixels wide. */
  readonly narrow?: string;
}

interface BuiltInColumn extends ColumnSize {
  readonly name: string;
  readonly title: string;
}

/** The columns that are not fields. */
export const builtInColumns: readonly BuiltInColumn[] = [
  { name: "time", title: "Time", least: 9, most: 11.7, tight: 9.8, narrow: "min(7rem, 18%)" },
  { name: "priority", title: "Priority", least: 7.9, most: 8.2 },
  { name: "rule", title: "Rule", least: 6, most: 20, tight: 13 },
  { name: "output", title: "Output", least: 8 },
  { name: "workload", title: "Workload or host", least: 5, most: 13, tight: 10 },
  { name: "state", title: "State", least: 4, most: 9.5, tight: 6.5 },
  { name: "hostname", title: "Host", least: 4, most: 12, tight: 9 },
  { name: "source", title: "Source", least: 4, most: 8, tight: 6.5 },
  { name: "tags", title: "Tags", least: 4, most: 16, tight: 10 },
];

/** Grid track of the checkbox and the preview button. */
const SELECT_TRACK = "46px";

const OF_FIELD: ColumnSize = { least: 4, most: 14, tight: 10 };

export const defaultColumns: readonly ChosenColumn[] = ["time", "priority", "rule", "output", "workload", "state"].map(
  (name) => ({ name }),
);

/** Maximum number of columns. With it, all columns fit on a screen that is 1024 pixels wide. */
export const MAX_COLUMNS = 12;
/** Bounds of the width that a user can set, in pixels. */
export const MIN_WIDTH = 40;
export const MAX_WIDTH = 1200;
/** Maximum length of the columns as text, in characters. */
const MAX_LENGTH = 2000;
const FIELD_NAME = /^[a-z]\w*(?:\.\w+)+(?:\[[^\][]{1,60}\])?$/i;
const MAX_NAME = 100;

function builtIn(name: string): BuiltInColumn | undefined {
  return builtInColumns.find((column) => column.name === name);
}

/** Whether a column can have this name: the name of a built-in column, or a valid name of a field. */
export function isColumnName(name: string): boolean {
  return builtIn(name) !== undefined || (name.length <= MAX_NAME && FIELD_NAME.test(name));
}

/** Returns the title of a column. The title of a field is its name. */
export function titleOf(name: string): string {
  return builtIn(name)?.title ?? name;
}

export function isField(name: string): boolean {
  return builtIn(name) === undefined;
}

/** Writes columns as text, such as `time,rule:240,proc.cmdline`, with the widths that the user has set. */
export function columnsText(columns: readonly ChosenColumn[]): string {
  return columns
    .map(({ name, width }) => (width === undefined ? encoded(name) : `${encoded(name)}:${width}`))
    .join(",");
}

/** Escapes the characters that separate columns, which can occur in the argument of a field. */
function encoded(name: string): string {
  return name.replace(/[%,:]/g, encodeURIComponent);
}

/** Parses columns; undefined if the text is not valid. */
export function columnsIn(text: string | null | undefined): readonly ChosenColumn[] | undefined {
  if (text === null || text === undefined || text === "" || text.length > MAX_LENGTH) return undefined;
  const columns: ChosenColumn[] = [];
  for (const part of text.split(",")) {
    const [, written = "", size] = /^([^:]+)(?::(\d{1,4}))?$/.exec(part) ?? [];
    const name = decoded(written);
    if (!isColumnName(name) || columns.some((column) => column.name === name)) return undefined;
    columns.push(size === undefined ? { name } : { name, width: boundedWidth(Number(size)) });
  }
  return columns.length <= MAX_COLUMNS ? columns : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** Returns the nearest width that a column can have, in pixels. */
export function boundedWidth(width: number): number {
  return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, Math.round(width)));
}

/** Width of the list: up to 640 pixels, up to 1024 pixels, or more. */
export type ListWidth = "narrow" | "tight" | "wide";

/**
 * Returns the tracks of the grid, for `grid-template-columns`. All columns can shrink, so that none is pushed off the
 * screen.
 */
export function tracksOf(columns: readonly ChosenColumn[], list: ListWidth): string {
  // 50 % for all columns together, so that space remains for the gaps.
  const share = Math.floor(500 / columns.length) / 10;
  const tracks = columns.map(({ name, width }) => {
    const { least, most, tight = most, narrow = `min(3rem, ${share}%)` } = builtIn(name) ?? OF_FIELD;
    if (width !== undefined) return `minmax(${list === "narrow" ? narrow : `${MIN_WIDTH}px`}, ${width}px)`;
    const upper = list === "wide" ? most : tight;
    return `minmax(${list === "narrow" ? narrow : `${least}rem`}, ${upper === undefined ? "1fr" : `${upper}rem`})`;
  });
  return [SELECT_TRACK, ...tracks].join(" ");
}
