import { autocompletion } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentService, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, type Text } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { type CompletionData, completionFrom } from "./completion.ts";
import { conditionMarks } from "./condition-highlight.ts";
import type { RuleDiagnostic } from "./protocol.ts";

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly label: string;
  readonly completionData: () => CompletionData | undefined;
  readonly onChange: (text: string) => void;
  /** Called on Ctrl-Enter. */
  readonly run: () => void;
}

export interface Editor {
  setText(text: string): void;
  /** Marks errors and warnings in the text. */
  setDiagnostics(diagnostics: readonly RuleDiagnostic[]): void;
  /** Moves cursor and focus to a position; line and column start at 1. */
  goTo(line: number, column: number): void;
  close(): void;
}

/**
 * Opens an editor for rule files. It is in a shadow root with adopted style sheets, which the Content-Security-Policy
 * allows.
 */
export function openEditor({ parent, text, label, completionData, onChange, run }: EditorOptions): Editor {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  const runs = (): boolean => {
    run();
    return true;
  };
  const view = new EditorView({ parent: root, root, state: stateOf(text) });

  function stateOf(doc: string): EditorState {
    return EditorState.create({
      doc,
      extensions: [
        keymap.of([{ key: "Mod-Enter", run: runs }, indentWithTab]),
        basicSetup,
        yaml(),
        conditionMarks,
        lintGutter(),
        autocompletion({ override: [completionFrom(completionData)], icons: false, maxRenderedOptions: 60 }),
        syntaxHighlighting(highlighting),
        theme,
        indentUnit.of("  "),
        indentation,
        replaceSelection,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) onChange(state.doc.toString());
        }),
      ],
    });
  }

  return {
    setText(doc) {
      if (doc !== view.state.doc.toString()) view.setState(stateOf(doc));
    },
    setDiagnostics(diagnostics) {
      const { doc } = view.state;
      view.dispatch(
        setDiagnostics(
          view.state,
          diagnostics.map((diagnostic) => diagnosticIn(doc, diagnostic)),
        ),
      );
    },
    goTo(line, column) {
      const at = offsetIn(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    close: () => view.destroy(),
  };
}

/**
 * Replaces a selection with typed text. Otherwise, browsers would keep the style of the selection in a style attribute,
 * which the Content-Security-Policy forbids.
 */
const replaceSelection = EditorView.domEventHandlers({
  beforeinput({ inputType, data, isComposing }, view) {
    const { main } = view.state.selection;
    if (inputType !== "insertText" || data === null || isComposing || main.empty) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
    const taken = view.state
      .facet(EditorView.inputHandler)
      .some((handler) => handler(view, main.from, main.to, data, insert));
    if (!taken) view.dispatch(insert());
    return true;
  },
});

/** Indents a new line like the key above it, or deeper if that key has no value yet. */
const indentation = indentService.of(({ state }, at) => {
  const { from, text } = state.doc.lineAt(at);
  const above = text.slice(0, at - from);
  const [lead] = /^ *(?:- +)*/.exec(above) ?? [""];
  return lead.length + (/:\s*[>|]?[+-]?\s*$/.test(above) ? 2 : 0);
});

function offsetIn(doc: Text, line: number, column: number): number {
  const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(from + Math.max(column, 1) - 1, to);
}

/** Converts a diagnostic. Diagnostics have only a start position, so the word at that position is underlined. */
function diagnosticIn(doc: Text, { line, column, severity, message, code, rule }: RuleDiagnostic): Diagnostic {
  const from = offsetIn(doc, line, column);
  const [word = ""] = /^(?:[\w.%-]+|\S)/.exec(doc.sliceString(from, doc.lineAt(from).to)) ?? [];
  const about = rule === undefined ? "" : ` (rule "${rule}")`;
  return { from, to: from + word.length, severity, message: `${message}${about}`, source: code };
}

/** Syntax colors from the variables of the page, which have light and dark values. */
const highlighting = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: "var(--link)" },
  { tag: tags.propertyName, color: "var(--link)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--warn)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--muted)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--panel)", fontSize: "0.923rem" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)", paddingBlock: "0.5rem" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--hover) 55%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selected)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent)" },
  ".cm-operator": { color: "var(--warn)" },
  ".cm-field": { color: "var(--link)" },
  ".cm-text": { color: "var(--good)" },
  ".cm-number": { color: "var(--warn)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--hover)", border: "1px solid var(--line)", color: "var(--muted)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    boxShadow: "0 4px 16px rgb(0 0 0 / 25%)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--selected)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal", marginInlineStart: "1em" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { maxWidth: "24rem", padding: "0.4rem 0.6rem", fontFamily: "var(--sans)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", padding: "0.35rem 0.6rem" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--warn)" },
  ".cm-diagnosticSource": { color: "var(--muted)", fontSize: "0.85em", opacity: "1" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--bad)",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--warn)",
    textUnderlineOffset: "3px",
  },
  ".cm-lint-marker": { width: "0.7em", height: "0.7em", content: "none", borderRadius: "50%", marginTop: "0.3em" },
  ".cm-lint-marker-error": { backgroundColor: "var(--bad)", content: "none" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--warn)", borderRadius: "1px", content: "none" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { padding: "0.4rem 0.6rem" },
  ".cm-textfield": { backgroundColor: "var(--ground)", border: "1px solid var(--edge)", color: "var(--text)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--raised)", border: "1px solid var(--edge)" },
});
