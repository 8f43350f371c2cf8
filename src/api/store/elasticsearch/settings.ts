import type { ElasticsearchKeys } from "../../../output/receiver/elasticsearch/client.ts";
import type { SharedCertificates } from "../../../output/transport/certificates.ts";

/** Settings of a fleet's store, derived from an output. All values can be sent to a worker. */
export interface FleetSettings {
  readonly name: "elasticsearch" | "opensearch";
  /** The settings of the output. */
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
    | "machines"
  >;
  readonly certificates: SharedCertificates;
  /** The index of triage and the audit log. */
  readonly triageIndex: string;
}
