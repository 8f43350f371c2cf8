import { describeStore } from "./elasticsearch/describe.ts";

export const elasticsearchOutput = describeStore(
  "elasticsearch",
  "Elasticsearch",
  "hostport: https://elastic.example.org:9200\napikey: ${ELASTIC_KEY}",
);
