import { isoText } from "../../../field/time.ts";
import { wordsIn } from "../../../journal/search-text.ts";
import type { Filter } from "../../filter/filter.ts";
import { type Look, lookForWords, lookOf } from "../../filter/look.ts";
import { oddWords, toldOf, WORDS } from "./asked.ts";
import { all, any, everyDocument, noDocument, not, prefix, type Query, range, term } from "./dsl.ts";

/** What a filter asks of the server. */
export interface Wanted {
  /** All that are wanted are among what it finds. */
  readonly query: Query;
  /** Whether an alert that it finds is wanted. */
  readonly look: Look;
  /** Only documents of this kind need a look; undefined: all do. */
  readonly odd: Query | undefined;
}

export const TIME = "falco.time";
export const ID = "falco.uuid";

/** @param touched the ids of alerts that are not open, by state; looked at where a state is asked for */
export function wantedOf(filter: Filter, touched: ReadonlyMap<string, { readonly state: string }>): Wanted {
  const queries: Query[] = [timeQuery(filter), stateQuery(filter, touched)];
  const odds: (Query | undefined)[] = [];
  const looks: Look[] = [];
  if (filter.ask !== undefined) {
    const { most, odd } = toldOf(filter.ask);
    queries.push(most);
    odds.push(odd);
    looks.push(lookOf(filter.ask));
  }
  for (const { words, begins, plain } of phrasesIn(filter.text)) {
    if (words.length === 0) {
      odds.push(undefined);
      looks.push(({ message }) => message.includes(plain));
      continue;
    }
    const found = words.map((word, i) => (begins && i === words.length - 1 ? prefix(WORDS, word) : term(WORDS, word)));
    queries.push(any([all(found), oddWords]));
    odds.push(words.length === 1 ? oddWords : undefined);
    looks.push(lookForWords(words, begins));
  }
  return {
    query: all(queries),
    look: (alert) => looks.every((look) => look(alert)),
    odd: odds.every((odd) => odd !== undefined) ? any(odds) : undefined,
  };
}

/** Times are compared in microseconds, as the journal does. */
function timeQuery({ since, until }: Filter): Query {
  if (since === undefined && until === undefined) return everyDocument;
  return range(TIME, {
    ...(since !== undefined && { gte: isoText(clamped(since - (since % 1000n)), "Z") }),
    ...(until !== undefined && { lte: isoText(clamped(until - (until % 1000n) + 999n), "Z") }),
  });
}

/** What the server's own times can hold: 1970 to 2262. */
function clamped(time: bigint): bigint {
  if (time < 0n) return 0n;
  return time > LAST_TIME ? LAST_TIME : time;
}

const LAST_TIME = 2n ** 63n - 1n;

function stateQuery({ state }: Filter, touched: ReadonlyMap<string, { readonly state: string }>): Query {
  if (state === undefined) return everyDocument;
  const inState =
    state === "open"
      ? [...touched].filter(([, made]) => made.state !== "open")
      : [...touched].filter(([, made]) => made.state === state);
  const query = inState.length === 0 ? noDocument : { terms: { [ID]: inState.map(([id]) => id) } };
  return state === "open" ? not(query) : query;
}

interface Phrase {
  readonly words: readonly string[];
  /** Whether the last word is only the beginning of one. */
  readonly begins: boolean;
  readonly plain: string;
}

/** `word`, `"two words"`, `begin*`. */
function phrasesIn(text: string): Phrase[] {
  return [...text.matchAll(/"([^"]*)"?|(\S+)/g)].flatMap(([, phrase, word]) => {
    const begins = word?.endsWith("*") ?? false;
    const plain = begins ? word.slice(0, -1) : (phrase ?? word);
    return plain === "" ? [] : [{ words: wordsIn(plain), begins, plain }];
  });
}
