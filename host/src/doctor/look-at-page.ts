// Whether the page can be there: its port, and its certificate.

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import type { PageSetting } from '../config/host-config.ts';
import type { RegisteredHost } from '../engine/host-registry.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** @param hosts - those that live, one of which may be where the page is */
export async function lookAtPage(
  setting: PageSetting | undefined,
  hosts: readonly RegisteredHost[],
): Promise<Finding[]> {
  if (!setting) return [ok('page', 'page-off', 'the page is switched off')];
  return [...(await lookAtPort(setting, hosts)), ...(await lookAtCertificate(setting))];
}

async function lookAtPort(
  { host, port }: PageSetting,
  hosts: readonly RegisteredHost[],
): Promise<Finding[]> {
  if (port === undefined || port === 0) return [ok('page', 'page', 'the page takes a free port')];
  const isOurs = hosts.some(
    ({ machine, status }) =>
      machine === hostname() && status?.page && new URL(status.page).port === String(port),
  );
  if (isOurs) return [ok('page', 'page', `the page is at port ${port}`)];
  const code = await listenBriefly(host, port);
  if (code === undefined) return [ok('page', 'page', `port ${port} is free for the page`)];
  return code === 'EADDRINUSE'
    ? [
        wrong(
          'page',
          'port-in-use',
          `port ${port}, where the page is to be, is used by another program`,
          'Stop that, or give "http": { "port": … } another one in host.config.json.',
        ),
      ]
    : [
        wrong(
          'page',
          'port-refused',
          `the page cannot listen at ${host}:${port} (${code})`,
          'Correct "http": { "host", "port" } in host.config.json.',
        ),
      ];
}

/** The code of the error, if there is one. */
function listenBriefly(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown error'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

const DAY_MS = 86_400_000;

async function lookAtCertificate({ tls }: PageSetting): Promise<Finding[]> {
  if (!tls) return [];
  try {
    await readFile(tls.keyFile);
    const certificate = new X509Certificate(await readFile(tls.certFile));
    const days = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
    if (days < 0) {
      return [
        wrong(
          'page',
          'certificate-expired',
          `the page's certificate, ${tls.certFile}, has expired`,
          'Renew it, then restart the host.',
        ),
      ];
    }
    return days < 14
      ? [
          warning(
            'page',
            'certificate-expires',
            `the page's certificate expires in ${days} days`,
            'Renew it, then restart the host.',
          ),
        ]
      : [ok('page', 'certificate', `the page's certificate is valid for ${days} days`)];
  } catch {
    return [
      wrong(
        'page',
        'certificate-unreadable',
        `the page's certificate or key cannot be read: ${tls.certFile}, ${tls.keyFile}`,
        'Correct "http": { "tls": … }, or the rights of the files.',
      ),
    ];
  }
}
