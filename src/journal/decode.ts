import type { DatabaseSync } from "node:sqlite";
import type { JournalAlert } from "../alert/entry.ts";
import { priorities } from "../rule/rule.ts";
import { wordColumns } from "./columns.ts";
import { idText } from "./id.ts";
import { type Fill, filler } from "./message.ts";

/** A row of the alert table, read with big integers. */
export type Row = Readonly<Record<string, unknown>>;

/** The columns that {@link openDecoder} needs. */
export const alertColumns = ["seq", "id", "time", "priority", "rule", "source", "hostname", "tags", "shape"]
  .concat(["values", "output", "message", "received"])
  .map((name) => `a."${name}"`)
  .join(", ");

/** Decodes rows to alerts. */
export interface Decoder {
  alert(row: Row): JournalAlert;
  /** The text of a word ID. */
  word(number: unknown): string;
}

/** Maximum number of cached texts, and of their characters. */
const REMEMBERED = 20_000;
const CHARACTERS = 2_000_000;

export function openDecoder(db: DatabaseSync): Decoder {
  const find = db.prepare("SELECT text FROM word WHERE id = ?");
  const texts = new Map<bigint, string>();
  const lists = new Map<bigint, readonly string[]>();
  const fills = new Map<string, Fill>();
  let characters = 0;

  function word(number: unknown): string {
    const id = BigInt(Number(number ?? 0));
    const known = texts.get(id);
    if (known !== undefined) return known;
    const text = String(find.get(id)?.text ?? "");
    characters += text.length;
    if (texts.size >= REMEMBERED || characters > CHARACTERS) {
      texts.clear();
      lists.clear();
      fills.clear();
      characters = text.length;
    }
    texts.set(id, text);
    return text;
  }

  function list(number: unknown): readonly string[] {
    const id = BigInt(Number(number ?? 0));
    let items = lists.get(id);
    if (items === undefined) {
      items = split(word(number));
      lists.set(id, items);
    }
    return items;
  }

  function messageOf({ output, shape, message }: Row, values: readonly string[]): string {
    if (output === null || output === undefined) return String(message ?? "");
    const key = `${output} ${shape}`;
    let fill = fills.get(key);
    if (fill === undefined) {
      fill = filler(word(output), list(shape));
      fills.set(key, fill);
    }
    return fill(values);
  }

  return {
    word,
    alert(row) {
      const values = split(String(row.values));
      return {
        seq: Number(row.seq),
        id: row.id instanceof Uint8Array ? idText(row.id) : "",
        time: BigInt(typeof row.time === "bigint" ? row.time : Number(row.time)),
        priority: priorities[Number(row.priority)] ?? "Debug",
        rule: word(row.rule),
        source: word(row.source),
        hostname: word(row.hostname),
        tags: list(row.tags),
        message: messageOf(row, values),
        names: list(row.shape),
        values,
        ...(Number(row.received ?? 0) === 1 && { received: true }),
      };
    },
  };
}

function split(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}

/** The column of a field or of an alert property, stored as the ID of a word. */
export function columnNamed(name: string): string | undefined {
  return wordColumns.find(({ names }) => names.includes(name))?.column;
}
