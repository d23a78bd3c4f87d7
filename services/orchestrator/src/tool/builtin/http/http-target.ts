import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import { ToolError } from '../../tool.js';
import { isPublicAddress } from './address-policy.js';

/** The addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

export const resolveName: ResolveName = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: false })).map(({ address }) => address);

export interface HttpTarget {
  readonly url: URL;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The address that was looked at is the one to connect to: a second look-up could give another. */
  readonly address: string;
}

/** Decides where `http.request` may connect to. */
export class TargetGuard {
  private readonly allowed: ReadonlySet<string>;

  /** @param allowed `host:port` that may be reached though they are private */
  constructor(
    allowed: readonly string[],
    private readonly resolve: ResolveName,
  ) {
    this.allowed = new Set(allowed.map((entry) => entry.trim().toLowerCase().replaceAll(/[[\]]/g, '')));
  }

  /** @throws ToolError `url-refused` where the URL is none, not HTTP, or leads to what is not public */
  async target(text: string, base?: URL): Promise<HttpTarget> {
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
      throw new ToolError('http-failed', `${hostname} has no address`);
    }
    if (addresses.length === 0) throw new ToolError('http-failed', `${hostname} has no address`);
    return addresses;
  }
}

const refused = (why: string): ToolError => new ToolError('url-refused', why);
