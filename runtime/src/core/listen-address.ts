/** Where a server listens: the arguments of Node's `listen`. */
export interface ListenAddress {
  /** Empty means every address. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** The bound socket that reserves the address. The server takes it over. */
  readonly handle?: object;
}
