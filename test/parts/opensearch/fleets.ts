import { type Distribution, realFleet, type TestFleet } from "../../../src/api/store/elasticsearch/fleet.fixture.ts";
import { type Needs, needs } from "../needs.ts";
import { sharedServer } from "../shared-server.ts";

const { ELASTICSEARCH_URL: elasticsearchUrl = "", OPENSEARCH_URL: openSearchUrl = "" } = process.env;
const nothing: Needs = { skip: false, meta: { parts: [] } };

/** Real servers for tests: servers that the tests start, and servers named in environment variables. */
export const realFleets: readonly (readonly [string, () => Promise<TestFleet>, Needs])[] = [
  ["OpenSearch 2", async () => realFleet("opensearch", await sharedServer("opensearch-2")), needs("opensearch-2")],
  ["OpenSearch 3", async () => realFleet("opensearch", await sharedServer("opensearch-3")), needs("opensearch-3")],
  ...named("Elasticsearch", "elasticsearch", elasticsearchUrl),
  ...named("OpenSearch", "opensearch", openSearchUrl),
];

function named(product: string, name: Distribution, address: string): [string, () => Promise<TestFleet>, Needs][] {
  if (address === "") return [];
  return [[`${product} at ${product.toUpperCase()}_URL`, () => realFleet(name, address), nothing]];
}
