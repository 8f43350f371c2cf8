import type { DatabaseSync } from "node:sqlite";
import type { AlertQuery, FieldTest } from "../query/ast.ts";
import { wordKinds } from "./columns.ts";
import { columnNamed } from "./decode.ts";

/** Corrects the case of values in a query, such as `rule=file READ`, if no alert has the exact value. */
export function corrected(db: DatabaseSync, query: AlertQuery): AlertQuery {
  if (query.kind === "and" || query.kind === "or")
    return { ...query, parts: query.parts.map((part) => corrected(db, part)) };
  if (query.kind === "not") return { ...query, part: corrected(db, query.part) };
  return query.kind === "test" ? correctedTest(db, query) : query;
}

const negated: Readonly<Record<string, boolean>> = { "=": false, in: false, "!=": true };

function correctedTest(db: DatabaseSync, test: FieldTest): AlertQuery {
  const kind = test.name === "tags" ? wordKinds.tag : columnNamed(test.name);
  const isNegated = negated[test.operator];
  if (kind === undefined || isNegated === undefined) return test;
  const values = test.values.flatMap((value) => spellings(db, kind, value));
  const [only] = values;
  if (only === undefined || (values.length === 1 && test.values.length === 1)) return { ...test, values };
  const anyOf: AlertQuery = { ...test, operator: "in", values };
  return isNegated ? { kind: "not", part: anyOf } : anyOf;
}

/** All stored strings that differ from the text only in case; the text itself if it is stored or there are none. */
function spellings(db: DatabaseSync, kind: string, text: string): readonly string[] {
  const statement = "SELECT text FROM word WHERE kind = ? AND text = ?";
  if (db.prepare(statement).get(kind, text) !== undefined) return [text];
  const others = db.prepare(`${statement} COLLATE NOCASE`).all(kind, text);
  return others.length === 0 ? [text] : others.map((row) => String(row.text));
}
