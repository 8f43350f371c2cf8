import { bind } from "../condition/bind.ts";
import { EventCode } from "../event/code.ts";
import { documentVocabulary, type FieldClass, type RuleVocabulary, vocabulary } from "../field/catalogue.ts";
import type { Printing } from "../field/field.ts";
import { classesOfSource, knownSources, type LazyClasses, lazyClasses, namesLazy, SYSCALL } from "../field/sources.ts";
import type { Language } from "./compile.ts";
import type { Sources } from "./definitions.ts";
import { type EventCondition, eventLanguage, isLeftSide } from "./language.ts";
import { parseOutput, type Template } from "./output.ts";

/** The languages of all sources of events. */
export interface Languages extends Sources {
  readonly language: Language<EventCondition, Template>;
  /**
   * Makes sources ready that rules are about to name; those that there are not stay unknown.
   * @param texts in which rules name fields: some are only fetched for those who do
   */
  prepare(sources: Iterable<string>, texts?: Iterable<string>): Promise<void>;
  /** The words of a source that was made ready. */
  vocabulary(source: string): RuleVocabulary | undefined;
  /** The sources that were made ready. */
  ready(): Iterable<string>;
}

export interface LanguageOptions {
  readonly printing: Printing;
  /** The fields that the configuration states. */
  readonly statics?: Readonly<Record<string, string>>;
  /** Sources beside those that are always there. */
  readonly sources?: readonly string[];
  /** Told of every field that is looked up. */
  readonly used?: (field: string) => void;
}

interface One {
  readonly words: RuleVocabulary;
  readonly language: Language<EventCondition, Template>;
}

/** The languages, that of system calls ready. */
export function openLanguages({ printing, statics, sources = [], used }: LanguageOptions): Languages {
  const names = [...new Set([...knownSources, ...sources])];
  const ready = new Map<string, One>();
  /** Classes of fields that texts have named so far. */
  const fetched = new Map<LazyClasses, readonly FieldClass[]>();
  add(SYSCALL, vocabulary(statics));

  function add(source: string, known: RuleVocabulary): void {
    const words = used === undefined ? known : noting(known, used);
    const language = source === SYSCALL ? eventLanguage(words, printing) : documentLanguage(words, printing);
    ready.set(source, { words, language });
  }

  function of(source: string): One {
    const one = ready.get(source);
    if (one === undefined) throw new Error(`The source ${source} was not made ready.`);
    return one;
  }

  return {
    names,
    has: (source) => ready.has(source),
    hasField: (source, field) => isLeftSide(field, of(source).words),
    fieldNames: (source) => ready.get(source)?.words.names.fields() ?? [],
    vocabulary: (source) => ready.get(source)?.words,
    ready: () => ready.keys(),
    async prepare(wanted, texts = []) {
      const known = fetched.size;
      const among = [...texts];
      for (const one of lazyClasses) {
        if (!fetched.has(one) && among.some(namesLazy(one))) fetched.set(one, await one.fetch());
      }
      if (fetched.size > known) add(SYSCALL, vocabulary(statics, [...fetched.values()].flat()));
      for (const source of wanted) {
        if (ready.has(source) || !names.includes(source)) continue;
        add(source, documentVocabulary(await classesOfSource(source), statics));
      }
    },
    language: {
      bind: (condition, source) => of(source).language.bind(condition, source),
      template: (output, source) => of(source).language.template(output, source),
    },
  };
}

function noting(words: RuleVocabulary, used: (field: string) => void): RuleVocabulary {
  return {
    ...words,
    lookup(text) {
      const use = words.lookup(text);
      if (use !== undefined) used(use.field.name);
      return use;
    },
  };
}

const DOCUMENT: ReadonlySet<number> = new Set([EventCode.PLUGINEVENT_E]);
const NO_CALLS: ReadonlySet<number> = new Set();

/** A source of documents: all its events are of one type. */
function documentLanguage(words: RuleVocabulary, printing: Printing): Language<EventCondition, Template> {
  return {
    bind(condition) {
      const bound = bind(condition, words);
      return {
        bound: { condition: bound.condition, codes: DOCUMENT, calls: () => NO_CALLS },
        remarks: bound.remarks,
        eventTypes: undefined,
      };
    },
    template: (output) => parseOutput(output, words, printing),
  };
}
