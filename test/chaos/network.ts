// A network of a host's own: a namespace of the kernel, joined to the machine by a cable that can be pulled. What is sent then
// is dropped without a word, on both sides. For root only.

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export class Network implements Disposable {
  /** Of the test, as seen from inside. */
  readonly address: string;
  /** What goes before a program to run it inside. */
  readonly command: readonly string[];
  readonly #name: string;

  private constructor(name: string, address: string) {
    this.#name = name;
    this.address = address;
    this.command = ['ip', 'netns', 'exec', name];
  }

  /** Why there can be none here; absent if there can. */
  static whyNot(): string | undefined {
    const name = `bfd-${randomBytes(3).toString('hex')}`;
    const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
    if (made.status !== 0) {
      return `needs ip (iproute2) and the right to make network namespaces: ${made.error?.message ?? made.stderr.trim()}`;
    }
    ip('netns', 'delete', name);
    return undefined;
  }

  static make(): Network {
    // Of a /30 block of its own, so that several tests of one machine do not meet.
    const block = randomBytes(2).readUInt16BE() & 0xfffc;
    const of = (place: number) => `10.213.${(block + place) >> 8}.${(block + place) & 0xff}`;
    const name = `bfd-${randomBytes(3).toString('hex')}`;
    ip('netns', 'add', name);
    try {
      ip('link', 'add', near(name), 'type', 'veth', 'peer', 'name', 'inside', 'netns', name);
      ip('address', 'add', `${of(1)}/30`, 'dev', near(name));
      ip('link', 'set', near(name), 'up');
      ip('-n', name, 'address', 'add', `${of(2)}/30`, 'dev', 'inside');
      ip('-n', name, 'link', 'set', 'inside', 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
      return new Network(name, of(1));
    } catch (error) {
      ip('netns', 'delete', name);
      throw error;
    }
  }

  pullCable(): void {
    ip('link', 'set', near(this.#name), 'down');
  }

  plugIn(): void {
    ip('link', 'set', near(this.#name), 'up');
  }

  [Symbol.dispose](): void {
    ip('netns', 'delete', this.#name); // and with it the cable
  }
}

/** The end of the cable on this side; a name has 15 letters at most. */
const near = (name: string): string => `${name}-o`;

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
