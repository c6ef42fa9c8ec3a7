/** Where a server listens: what Node's `listen` takes. */
export interface ListenAddress {
  /** Empty is every address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The socket that has held the place so far. Who listens takes it over. */
  readonly handle?: object;
}
