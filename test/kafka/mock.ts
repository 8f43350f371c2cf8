import koffi from "koffi";
import { librdkafkaPath } from "../parts/programs.ts";

/**
 * Brokers that implement the Kafka protocol and respond with errors set by a test. They are the mock brokers of
 * librdkafka.
 */
export interface MockKafka {
  /** Addresses of the brokers, `host:port` separated by commas. */
  readonly hostport: string;
  /** Creates a topic. The leaders of its partitions are distributed over the brokers. */
  createTopic(name: string, partitions: number): void;
  /** Makes the next produce requests fail with these errors. */
  fail(errors: readonly (keyof typeof codes)[]): void;
  /** Makes the next produce request to a broker (1, 2, …) fail with this error. */
  failAt(broker: number, error: keyof typeof codes): void;
  remove(): void;
}

const PRODUCER = 0;
const PRODUCE = 0;
/** Error codes of Kafka (https://kafka.apache.org/protocol). */
const codes = { NOT_LEADER_FOR_PARTITION: 6, KAFKA_STORAGE_ERROR: 56 } as const;
const LEAVE_GROUP = 13;

/** Uses only functions of librdkafka 2.0, the version in Debian 12. */
export function startMockKafka(brokers = 1): MockKafka {
  const loaded = koffi.load(librdkafkaPath);
  const func = (prototype: string) => loaded.func(prototype);
  const newHandle = func("void *rd_kafka_new(int type, void *conf, void *error, size_t size)");
  const newCluster = func("void *rd_kafka_mock_cluster_new(void *handle, int brokers)");
  const bootstraps = func("const char *rd_kafka_mock_cluster_bootstraps(void *cluster)");
  const create = func("int rd_kafka_mock_topic_create(void *cluster, const char *name, int partitions, int replicas)");
  const push = func(
    "void rd_kafka_mock_push_request_errors_array(void *cluster, int16_t request, size_t count, int *errors)",
  );
  const pushAt = func(
    "int rd_kafka_mock_broker_push_request_error_rtts(void *cluster, int32_t broker, int16_t request, size_t count, ...)",
  );
  const limit = func("int rd_kafka_mock_set_apiversion(void *cluster, int16_t request, int16_t least, int16_t most)");
  const destroy = func("void rd_kafka_mock_cluster_destroy(void *cluster)");
  const newConf = func("void *rd_kafka_conf_new()");
  const setConf = func(
    "int rd_kafka_conf_set(void *conf, const char *name, const char *value, void *error, size_t size)",
  );
  const conf: unknown = newConf();
  setConf(conf, "log_level", "0", null, 0);
  const cluster: unknown = newCluster(newHandle(PRODUCER, conf, null, 0), brokers);
  limit(cluster, LEAVE_GROUP, 0, 1); // the response of the mock brokers to later versions of this request is incomplete
  return {
    hostport: String(bootstraps(cluster)),
    createTopic: (name, partitions) => void create(cluster, name, partitions, 1),
    fail(errors) {
      const numbers = Int32Array.from(errors, (name) => codes[name]);
      push(cluster, PRODUCE, errors.length, numbers);
    },
    failAt: (broker, error) => void pushAt(cluster, broker, PRODUCE, 1, "int", codes[error], "int", 0),
    remove: () => void destroy(cluster),
  };
}
