// What people are told when a plugin's folder is not what its manifest says.

import { safeForm } from '@bfd-host/sdk/runtime';
import type { ErrorEnvelope } from './protocol.ts';
import type { PluginProblem, PluginStagingError } from './staging.ts';

const TEXTS: Readonly<Record<PluginProblem, { code: string; says: string; remedy: string }>> = {
  certificate: {
    code: 'BFD_DATABASE_CERTIFICATE',
    says: 'in the URL of the database names a file that cannot be read',
    remedy: 'Look whether the file is there and whether the user of the host may read it.',
  },
  digest: {
    code: 'BFD_PLUGIN_DIGEST',
    says: 'in the folder of the plugin is not the file that plugin.json describes',
    remedy:
      'Build the plugin again with `bfd-plugin build`, or copy its whole folder again, and restart.',
  },
  link: {
    code: 'BFD_PLUGIN_SYMLINK',
    says: 'in the folder of the plugin is a symbolic link, which could lead out of it',
    remedy: 'Put the file itself into the folder of the plugin.',
  },
  size: {
    code: 'BFD_PLUGIN_FILES',
    says: 'in the folder of the plugin is one too many: 1,000 files and 64 MiB are allowed',
    remedy: 'A built plugin is plugin.json and its bundle; remove the rest from the folder.',
  },
  unreadable: {
    code: 'BFD_PLUGIN_UNREADABLE',
    says: 'in the folder of the plugin cannot be read',
    remedy: 'Look whether it is there and whether the user of the host may read it.',
  },
};

export function stagingFailure({ problem, file }: PluginStagingError): ErrorEnvelope {
  const { code, says, remedy } = TEXTS[problem];
  return {
    code,
    message: `${safeForm('name', file)} ${says}`,
    remedy,
    places: [],
    isPermanent: true,
  };
}
