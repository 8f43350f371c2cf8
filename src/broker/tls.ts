/** What Node's TLS takes: PEM texts. */
export interface BrokerTls {
  readonly rejectUnauthorized: boolean;
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
}
