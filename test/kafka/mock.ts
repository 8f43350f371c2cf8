import koffi from "koffi";
import { librdkafkaPath } from "../parts/programs.ts";

/** Brokers that speak Kafka's protocol and answer with the errors that a test wants: those that librdkafka has for tests. */
export interface MockKafka {
  /** `host:port` of each, with commas between. */
  readonly hostport: string;
  /** Makes a topic; its partitions' leaders take turns. */
  createTopic(name: string, partitions: number): void;
  /** The next answers to requests to produce are these errors. */
  fail(errors: readonly (keyof typeof codes)[]): void;
  /** The next answer of a broker (1, 2, …) to a request to produce is this error. */
  failAt(broker: number, error: keyof typeof codes): void;
  remove(): void;
}

const PRODUCER = 0;
const PRODUCE = 0;
/** Kafka's numbers of errors (https://kafka.apache.org/protocol). */
const codes = { NOT_LEADER_FOR_PARTITION: 6, KAFKA_STORAGE_ERROR: 56 } as const;
const LEAVE_GROUP = 13;

/** Uses only what librdkafka 2.0 has, the version of Debian 12. */
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
  limit(cluster, LEAVE_GROUP, 0, 1); // its later versions are answered with less than they should
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
