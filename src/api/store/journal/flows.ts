import { FlowTally, flowFields } from "../flows.ts";
import type { Store } from "../store.ts";
import { SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";
import type { Connection } from "./connection.ts";
import { cursorFor, numberIn } from "./cursor.ts";
import { pause } from "./loading.ts";
import type { OpenJournal } from "./open-journal.ts";
import { rowsOf } from "./search.ts";
import { isoOfMicroseconds } from "./stored.ts";
import { timeLimit } from "./time-limit.ts";

/** CPU time in milliseconds after which the flows of the alerts read so far are returned. */
const TIME_LIMIT = 220;
/** Number of alerts between checks of the time limit. */
const CHECK_INTERVAL = 64;

/**
 * Counts alerts by workload and remote end of their connections. Alerts are tested one by one, so a response may cover
 * only the newest alerts.
 */
export function flowMethods({ connected }: OpenJournal): Pick<Store, "flows"> {
  return {
    async flows(filter, { limit, cursor }) {
      const tally = new FlowTally();
      const connection = connected();
      if (connection === undefined) return { ...tally.answer(limit), next: null };
      const { search, blocks } = connection;
      const before = numberIn(cursor);
      const hasFlow = shapeTest(connection);
      const isOver = timeLimit(TIME_LIMIT);
      const until = (seq: number, time: number | undefined) => ({
        ...tally.answer(limit),
        ...{ next: cursorFor(seq, "newest"), complete: false },
        ...(time !== undefined && Number.isFinite(time) && { searched: isoOfMicroseconds(time) }),
      });
      let looked = 0;
      for (const { block, mask, test } of search.blocks(filter, "newest", before === undefined ? {} : { before })) {
        const shapes = block.column(SHAPE);
        const wanted = Array.from(shapes.values, hasFlow);
        for (const row of rowsOf(mask, "newest")) {
          if (wanted[shapes.get(row)] !== true) continue;
          if (++looked % CHECK_INTERVAL === 0 && isOver()) return until(block.base + row, block.time[row]);
          const alert = test === undefined || test(row) ? search.alert(block.base + row) : undefined;
          if (alert !== undefined) tally.add(alert);
        }
        if (isOver() && block.base > blocks.first) return until(block.base - 1, block.first);
      }
      if (blocks.complete) return { ...tally.answer(limit), next: null };
      await pause(); // the next request loads more
      const oldest = Math.min(blocks.from, before ?? Number.POSITIVE_INFINITY);
      return until(oldest - 1, blocks.of(oldest)?.time[oldest % SIZE]);
    },
  };
}

const SHAPE = columnIndex("shape");

/** Tests whether alerts with a list of field names, by word ID, may have a connection. */
function shapeTest({ decoder }: Connection): (shape: number) => boolean {
  const known = new Map<number, boolean>();
  return (shape) => {
    let answer = known.get(shape);
    if (answer === undefined) {
      const names = new Set(decoder.word(shape).split("\n"));
      answer = flowFields.some((name) => names.has(name));
      known.set(shape, answer);
    }
    return answer;
  };
}
