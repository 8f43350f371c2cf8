import { createServer, type Server } from "node:net";

/** TCP servers on the loopback address that discard received data. */
export class Listeners {
  readonly #servers = new Set<Server>();

  /** Opens a server. @returns its port */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = createServer((peer) => {
        peer.on("error", () => peer.destroy());
        peer.resume();
      });
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        this.#servers.add(server);
        const address = server.address();
        if (address === null || typeof address === "string") reject(new Error("the port is unknown"));
        else resolve(address.port);
      });
      server.unref();
    });
  }

  close(): void {
    for (const server of this.#servers) server.close();
    this.#servers.clear();
  }
}
