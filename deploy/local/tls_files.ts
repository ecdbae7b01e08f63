/** Paths of PEM files. */
export interface TlsFiles {
  /** The CA that signed all of them. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** What clients show. */
  readonly clientCert: string;
  readonly clientKey: string;
}
