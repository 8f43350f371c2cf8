import { describeStore } from "./elasticsearch.ts";

export const opensearchOutput = describeStore(
  "opensearch",
  "OpenSearch",
  "hostport: https://opensearch.example.org:9200\nusername: eyas\npassword: ${OPENSEARCH_PASSWORD}",
);
