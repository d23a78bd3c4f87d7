import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import { isPublicAddress } from './address-policy.js';
import { OutboundError } from './outbound-error.js';

/** The addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

const resolveName: ResolveName = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: false })).map(({ address }) => address);

export interface OutboundTarget {
  readonly url: URL;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The address that was looked at is the one to connect to: a second look-up could give another. */
  readonly address: string;
}

/** Decides where a request may go whose URL came from outside: a model, a workflow, a tenant. */
export class OutboundGuard {
  private readonly allowed: ReadonlySet<string>;

  /** @param allowed `host:port` that may be reached though they are private or loopback */
  constructor(
    allowed: readonly string[],
    private readonly resolve: ResolveName = resolveName,
  ) {
    this.allowed = new Set(allowed.map((entry) => entry.trim().toLowerCase().replaceAll(/[[\]]/g, '')));
  }

  /**
   * @throws OutboundError `url-refused` where the URL is none, not HTTP, or leads to what is not public;
   *   `http-failed` where its name has no address
   */
  async target(text: string, base?: URL): Promise<OutboundTarget> {
    const url = URL.parse(text, base?.href);
    if (!url) throw refused('It is not a URL');
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw refused('Only http and https are spoken');
    if (url.username !== '' || url.password !== '') throw refused('A URL must not hold a password');
    const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const addresses = await this.addressesOf(hostname);
    const isAllowed = this.allowed.has(`${hostname}:${port}`);
    // One private address among public ones is how a rebinding name gives itself away.
    if (!isAllowed && !addresses.every(isPublicAddress))
      throw refused(`${url.hostname} is not on the public internet`);
    return { url, hostname, port, address: addresses[0] as string };
  }

  private async addressesOf(hostname: string): Promise<readonly string[]> {
    if (isIP(hostname) !== 0) return [hostname];
    let addresses: readonly string[];
    try {
      addresses = await this.resolve(hostname);
    } catch {
      // Whatever the resolver said: nobody could be asked.
      throw nowhere(hostname);
    }
    if (addresses.length === 0) throw nowhere(hostname);
    return addresses;
  }
}

const refused = (why: string): OutboundError => new OutboundError('url-refused', why);

const nowhere = (hostname: string): OutboundError =>
  new OutboundError('http-failed', `${hostname} has no address`);
