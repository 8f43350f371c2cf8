import { createServer } from "node:net";
import { type KafkaServer, SHARED_SERVERS, startKafka } from "./kafka/server.ts";

/**
 * Servers that take long to start and that the test files of a run share. The run's own process starts one when the first test
 * asks for it, and ends it with the run.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SHARED_SERVERS] !== undefined) return undefined; // each project of the run calls it
  let kafka: Promise<KafkaServer> | undefined;
  const door = createServer((socket) => {
    kafka ??= startKafka();
    socket.on("error", () => {}); // who asked has ended
    kafka.then(
      ({ place }) => socket.end(JSON.stringify(place)),
      (error) => socket.end(JSON.stringify(String(error))),
    );
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  door.unref();
  const address = door.address();
  process.env[SHARED_SERVERS] = typeof address === "object" && address !== null ? `${address.port}` : "";
  return async () => {
    door.close();
    await kafka?.then(
      (server) => server.remove(),
      () => {},
    );
  };
}
