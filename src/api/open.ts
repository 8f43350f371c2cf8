import { hostname } from "node:os";
import { type CertificateSettings, readCertificates, renewals } from "../server/credentials.ts";
import { apiRoutes } from "./api.ts";
import { openAssets } from "./assets.ts";
import { servePage } from "./page.ts";
import type { Sensor } from "./sensor.ts";
import { journalStore } from "./store/journal/journal-store.ts";
import { openUsers } from "./users.ts";

/** Where the page is, and what it shows. Everything in it can be sent to a thread. */
export interface PageSettings {
  readonly address: string;
  /** 0 takes one that is free. */
  readonly port: number;
  /** Paths of PEM files; empty: none. */
  readonly certificate: string;
  readonly key: string;
  /** Names it may be asked for under, beside addresses, `localhost` and the machine's own. */
  readonly hosts: readonly string[];
  /** Files: the users, the journal. */
  readonly users: string;
  readonly journal: string;
  /** Folders: the page as it was built, recordings to try rules on. */
  readonly built: string;
  readonly samples: string;
}

export interface Page {
  /** Where it is: `http://127.0.0.1:8766`. */
  readonly url: string;
  /** The token of the user that was made, where there was none before. */
  readonly token: string | undefined;
  close(): Promise<void>;
}

/**
 * Opens the page.
 * @throws Error with one sentence
 */
export async function openPage(settings: PageSettings, sensor: Sensor): Promise<Page> {
  const certificates: CertificateSettings = {
    certificate: settings.certificate,
    key: settings.key,
    client_authority: "",
  };
  const tls = readCertificates(certificates, "web_page");
  const { users, token } = openUsers(settings.users);
  const store = journalStore(settings.journal);
  try {
    const routes = apiRoutes({ store, sensor, users, secure: tls !== undefined, samples: settings.samples });
    const { url, close } = await servePage(
      {
        address: settings.address,
        port: settings.port,
        tls,
        renewed: renewals(certificates, "web_page"),
        hosts: [hostname(), ...settings.hosts],
      },
      routes,
      users,
      openAssets(settings.built),
    );
    return {
      url,
      token,
      async close() {
        await close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}
