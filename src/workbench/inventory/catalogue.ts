/** A table in sections: rules, fields or events. */
export interface Catalogue {
  readonly columns: readonly [string, string, ...string[]];
  readonly sections: readonly CatalogueSection[];
}

export interface CatalogueSection {
  readonly title: string;
  readonly rows: readonly CatalogueRow[];
}

export interface CatalogueRow {
  /** Name as written in rules. */
  readonly name: string;
  /** Cells in the order of the columns. */
  readonly cells: readonly string[];
  /** Notes below the description; text format only. */
  readonly notes?: string;
  /** Record for `--format json`. */
  readonly record: object;
}

export const formats = ["text", "markdown", "json"] as const;
export type Format = (typeof formats)[number];

export interface CatalogueOptions {
  readonly format: Format;
  readonly names?: true;
}

/** Returns the rows that contain all words, ignoring case. */
export function search(catalogue: Catalogue, words: readonly string[]): Catalogue {
  const wanted = words.map((word) => word.toLowerCase());
  const sections = catalogue.sections.map(({ title, rows }) => ({
    title,
    rows: rows.filter(({ cells }) => wanted.every((word) => cells.join(" ").toLowerCase().includes(word))),
  }));
  return { columns: catalogue.columns, sections: sections.filter(({ rows }) => rows.length > 0) };
}

export function render(catalogue: Catalogue, { format, names }: CatalogueOptions, width: number): string {
  const rows = catalogue.sections.flatMap((section) => section.rows);
  if (names) return rows.map(({ name }) => `${name}\n`).join("");
  if (format === "json")
    return `${JSON.stringify(
      rows.map(({ record }) => record),
      null,
      1,
    )}\n`;
  return format === "markdown" ? markdown(catalogue) : text(catalogue, width);
}

function markdown({ columns, sections }: Catalogue): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const head = line(columns) + line(columns.map(() => "---"));
  const body = ({ cells }: CatalogueRow): string =>
    line(cells.map((cell, i) => (i === 0 ? `\`${cell}\`` : cell.replaceAll("|", "\\|"))));
  return sections.map(({ title, rows }) => `## ${title}\n\n${head}${rows.map(body).join("")}`).join("\n");
}

const INDENT = "    ";

/** Formats short columns on one line and the last column below them, wrapped. */
function text({ sections }: Catalogue, width: number): string {
  const entry = ({ cells, notes }: CatalogueRow): string => {
    const short = cells.slice(0, -1).filter((cell) => cell !== "");
    const below = [cells.at(-1) ?? "", ...(notes === undefined ? [] : [notes])];
    return `  ${short.join("  ")}\n${below.map((line) => wrap(line, width - INDENT.length)).join("")}`;
  };
  return sections.map(({ title, rows }) => `${title}\n\n${rows.map(entry).join("")}`).join("\n");
}

function wrap(sentence: string, width: number): string {
  let out = "";
  let line = "";
  for (const word of sentence.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      out += `${INDENT}${line}\n`;
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return line === "" ? out : `${out}${INDENT}${line}\n`;
}
