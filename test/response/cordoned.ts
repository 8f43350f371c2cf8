import { stepOf } from "../../src/journal/action-entry.fixture.ts";
import { openActionLogWriter } from "../../src/journal/action-log-writer.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { openWriter } from "../../src/journal/write.ts";
import { makeCertificates } from "../../src/output/transport/certificates.fixture.ts";
import { action as cordon } from "../../src/response/actions/kubernetes/cordon.ts";
import { startCluster, type TestCluster } from "../stand-in/kubernetes/cluster.ts";

/**
 * Starts a stand-in for a cluster whose node `node-1` was cordoned because of an alert.
 * @param file path of the journal with the alert and the response
 */
export async function startCordoned(file: string): Promise<TestCluster> {
  const cluster = await startCluster(makeCertificates());
  cluster.reset();
  const alert = cluster.about("shop", "web-1");
  await cluster.run(cordon, alert);
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append([entry(1, { source: "syscall" }, Object.fromEntries(alert.fields))]);
  writer.close();
  const log = openActionLogWriter(file);
  const target = "node of pod shop/web-1";
  log?.write([stepOf(1, { seq: 1, action: cordon.name, undoneBy: cordon.undoneBy, target })]);
  log?.close();
  cluster.server.allowed = undefined;
  return cluster;
}
