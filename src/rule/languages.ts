import { bind, type Vocabulary } from "../condition/bind.ts";
import type { IndicatorSet } from "../condition/indicator-set.ts";
import { EventCode } from "../event/code.ts";
import { documentVocabulary, type FieldClass, type RuleVocabulary, vocabulary } from "../field/catalogue.ts";
import type { Printing } from "../field/field.ts";
import { classesOfSource, knownSources, type LazyClasses, lazyClasses, namesLazy, SYSCALL } from "../field/sources.ts";
import type { Language } from "./compile.ts";
import type { Sources } from "./definitions.ts";
import { type EventCondition, eventLanguage, isLeftSide } from "./language.ts";
import { parseOutput, type Template } from "./output.ts";

/** The rule languages of all event sources. */
export interface Languages extends Sources {
  readonly language: Language<EventCondition, Template>;
  /**
   * Loads the sources that are used in rules. Ignores unknown sources.
   * @param texts texts of rules, since some classes of fields are loaded only if a rule contains one of their fields
   */
  prepare(sources: Iterable<string>, texts?: Iterable<string>): Promise<void>;
  /** The vocabulary of a loaded source. */
  vocabulary(source: string): RuleVocabulary | undefined;
  /** Loaded sources. */
  ready(): Iterable<string>;
}

export interface LanguageOptions {
  readonly printing: Printing;
  /** Static fields from the configuration. */
  readonly statics?: Readonly<Record<string, string>>;
  /** Additional sources. */
  readonly sources?: readonly string[];
  /** Lists of indicators by name. */
  readonly indicators?: ReadonlyMap<string, IndicatorSet>;
  /** Called with the name of the field for each successful lookup. */
  readonly used?: (field: string) => void;
}

interface One {
  readonly words: RuleVocabulary;
  readonly language: Language<EventCondition, Template>;
}

/** Opens the rule languages. The language of system calls is loaded immediately. */
export function openLanguages({ printing, statics, sources = [], indicators, used }: LanguageOptions): Languages {
  const names = [...new Set([...knownSources, ...sources])];
  const ready = new Map<string, One>();
  /** Lazily loaded classes of fields that have already been loaded. */
  const fetched = new Map<LazyClasses, readonly FieldClass[]>();
  add(SYSCALL, vocabulary(statics));

  function add(source: string, known: RuleVocabulary): void {
    const words = used === undefined ? known : noting(known, used);
    const vocabulary = indicators === undefined ? words : { ...words, indicators };
    const language = source === SYSCALL ? eventLanguage(vocabulary, printing) : documentLanguage(vocabulary, printing);
    ready.set(source, { words, language });
  }

  function of(source: string): One {
    const one = ready.get(source);
    if (one === undefined) throw new Error(`The source ${source} has no vocabulary.`);
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
        const words = documentVocabulary(await classesOfSource(source), statics);
        const isJson = !knownSources.includes(source);
        add(source, isJson ? { ...words, hint: (await import("../field/plugin-fields.ts")).jsonInstead } : words);
      }
    },
    language: {
      bind: (condition, source, shared) => of(source).language.bind(condition, source, shared),
      template: (output, source) => of(source).language.template(output, source),
      ...(indicators && { indicators: [...indicators.keys()] }),
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

/** The language of a document source. All events of the source have the same type. */
function documentLanguage(words: RuleVocabulary & Vocabulary, printing: Printing): Language<EventCondition, Template> {
  return {
    bind(condition, _, shared) {
      const bound = bind(condition, words, shared);
      return {
        bound: { condition: bound.condition, codes: DOCUMENT, calls: () => NO_CALLS },
        remarks: bound.remarks,
        eventTypes: undefined,
      };
    },
    template: (output) => parseOutput(output, words, printing),
  };
}
