import type { ElasticsearchKeys } from "../../../output/receiver/elasticsearch/output.ts";
import type { SharedCertificates } from "../../../output/transport/certificates.ts";

/** A fleet's store: where an output of Eyas writes to. Everything in it can be sent to a thread. */
export interface FleetSettings {
  readonly name: "elasticsearch" | "opensearch";
  /** The output's own keys. */
  readonly keys: Pick<
    ElasticsearchKeys,
    | "hostport"
    | "layout"
    | "datastream"
    | "apikey"
    | "username"
    | "password"
    | "checkcert"
    | "mutualtls"
    | "customheaders"
    | "numberofreplicas"
  >;
  readonly certificates: SharedCertificates;
  /** The index that what people make of alerts is kept in. */
  readonly triageIndex: string;
}
