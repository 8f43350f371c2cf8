import { type Extension, RangeSetBuilder, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { conditionTokens, endsInList, type TokenKind } from "../../ui-shared/text/condition-tokens.ts";
import { contextAt } from "./yaml-context.ts";

const MARKS: Readonly<Record<TokenKind, Decoration>> = {
  operator: Decoration.mark({ class: "cm-operator" }),
  field: Decoration.mark({ class: "cm-field" }),
  name: Decoration.mark({ class: "cm-name" }),
  string: Decoration.mark({ class: "cm-text" }),
  number: Decoration.mark({ class: "cm-number" }),
};

/** Highlights conditions, which are plain text in YAML. */
export const conditionMarks: Extension = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = marksOf(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = marksOf(update.view);
    }
  },
  { decorations: ({ decorations }) => decorations },
);

function marksOf(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const { doc } = view.state;
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = doc.lineAt(at);
      const begin = conditionIn(doc, line.from, line.text);
      if (begin !== undefined) {
        const inList = line.number > 1 && endsInList(doc.line(line.number - 1).text);
        for (const { kind, from: start, to: end } of conditionTokens(line.text.slice(begin), inList)) {
          builder.add(line.from + begin + start, line.from + begin + end, MARKS[kind]);
        }
      }
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** Number of characters read before a line to find its context. */
const LOOKBEHIND = 8192;

/** Returns the offset in a line at which a condition starts or continues; undefined if the line has no condition. */
function conditionIn(doc: Text, from: number, line: string): number | undefined {
  const own = /^(?:- +| *)condition:\s?[>|]?[+-]?\s*/.exec(line);
  if (own !== null) return own[0].length;
  const blanks = line.length - line.trimStart().length;
  if (blanks < 3 || blanks === line.length) return undefined;
  const above = Math.max(0, from - LOOKBEHIND);
  const { path, isKey } = contextAt(doc.sliceString(above, from + line.length), from - above + line.length);
  return !isKey && path.length === 1 && path[0] === "condition" ? blanks : undefined;
}
