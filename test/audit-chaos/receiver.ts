import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A receiver for `http_output`, with the alerts that it has acknowledged. */
export interface Receiver {
  readonly url: string;
  /** Number of requests by the `uuid` of the alert, by key. */
  readonly alerts: ReadonlyMap<string, ReadonlyMap<string, number>>;
  close(): void;
}

interface Line {
  readonly uuid: string;
  readonly rule: string;
  readonly source: string;
  readonly output_fields: Readonly<Record<string, unknown>>;
}

/** @param keyOf returns the key of an alert; undefined if it is not counted */
export async function openReceiver(
  keyOf: (source: string, rule: string, field: (name: string) => unknown) => string | undefined,
): Promise<Receiver> {
  const alerts = new Map<string, Map<string, number>>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { uuid, rule, source, output_fields }: Line = JSON.parse(Buffer.concat(parts).toString());
      const key = keyOf(source, rule, (name) => output_fields[name]);
      if (key !== undefined) {
        const copies = alerts.get(key) ?? new Map<string, number>();
        alerts.set(key, copies.set(uuid, (copies.get(uuid) ?? 0) + 1));
      }
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, alerts, close: () => void server.close().closeAllConnections() };
}
