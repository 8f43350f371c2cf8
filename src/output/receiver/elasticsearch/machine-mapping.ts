import type { StreamContent } from "./templates.ts";

/** Maximum length of indexed names, in characters. */
const keyword = { type: "keyword", ignore_above: 256 } as const;
/** Invalid values stay in the document but are not indexed. */
const long = { type: "long", ignore_malformed: true } as const;
const double = { type: "double", ignore_malformed: true } as const;
const date = { type: "date", ignore_malformed: true } as const;
/** Lists of objects, which are stored but not indexed. */
const stored = { type: "object", enabled: false } as const;

const properties = {
  "@timestamp": { type: "date" },
  host: {
    properties: { name: keyword, architecture: keyword, os: { properties: { kernel: keyword } } },
  },
  agent: { properties: { id: keyword, type: keyword, version: keyword } },
  eyas: {
    properties: {
      started: date,
      uptime: long,
      stopped: { type: "boolean" },
      sensor: keyword,
      health: stored,
      rules: { properties: { digest: keyword, files: keyword, number: long, loaded: date } },
      events: {
        properties: {
          rate: double,
          total: long,
          dropped: long,
          dropped_recently: long,
          last_dropped: date,
          lag: double,
        },
      },
      outputs: stored,
      backlog: long,
      output_lag: double,
      memory: long,
      cpu: double,
      last_error: { properties: { message: { ...keyword, ignore_above: 1024 }, time: date } },
      last_canary: date,
      last_alert: date,
    },
  },
};

/** The data stream with the states of agents (`src/output/machine-state.ts`). Other fields are stored but not indexed. */
export const machineContent: StreamContent = {
  description: "States of Eyas agents",
  // Documents are sorted by machine, so that machines can be listed without sorting all documents.
  settings: { "index.sort.field": ["agent.id", "@timestamp"], "index.sort.order": ["asc", "desc"] },
  mappings: () => ({ dynamic: false, date_detection: false, properties }),
};
