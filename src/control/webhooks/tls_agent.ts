import { Agent } from "node:http";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";

/**
 * Makes one TLS connection for `http.request`, to where it is told and not to where the request says. `https.request` would
 * need leave to read the machine's environment and certificate authorities, which a process that calls strangers need not have.
 */
export class TlsAgent extends Agent {
  constructor(private readonly target: ConnectionOptions) {
    super({ keepAlive: false });
  }

  override createConnection(): TLSSocket {
    return connect(this.target);
  }
}
