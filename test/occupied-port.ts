import { once } from "node:events";
import { createServer } from "node:net";

/** A port of the address 127.0.0.1 that a server of the test uses until it is freed. */
export interface OccupiedPort {
  readonly port: number;
  free(): Promise<void>;
}

export async function occupyPort(): Promise<OccupiedPort> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    port: address.port,
    async free() {
      server.close();
      await once(server, "close");
    },
  };
}
