// Addresses and ranges of them, as a configuration names proxies: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.

import { BlockList, isIP } from 'node:net';

export function isAddressRange(text: string): boolean {
  const { family, prefix } = parts(text);
  return family !== 0 && prefix >= 0 && prefix <= (family === 4 ? 32 : 128);
}

/** Whether an address lies in one of these ranges, which are valid. */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const { address, family, prefix } = parts(range);
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return (given) => {
    // How a socket for both families shows an IPv4 address.
    const address = given.replace(/^::ffff:(?=\d+\.)/i, '');
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || LOOPBACK(host);
}

function parts(text: string): { address: string; family: number; prefix: number } {
  const [address = '', length, ...more] = text.split('/');
  const family = more.length > 0 ? 0 : isIP(address);
  const whole = family === 6 ? 128 : 32;
  const prefix = length === undefined ? whole : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  return { address, family, prefix };
}

const LOOPBACK = addressMatcher(['127.0.0.0/8', '::1/128']);
