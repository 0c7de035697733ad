// What a package shows, read from its emitted declarations by API Extractor, which brings a TypeScript of its own: the
// compiler of this repository has no API.

import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { ROOT } from '../support/folders.ts';

export interface PublicApi {
  /** All that can be imported, without words, in alphabetical order: a change in it is a change for others. */
  readonly report: string;
  /** The same as one file of declarations, with their docstrings. */
  readonly declarations: string;
}

/**
 * @param folder - of the package, from the root
 * @param entry - file below its `dist`, such as `index.d.ts`
 */
export async function publicApi(folder: string, entry: string): Promise<PublicApi> {
  await using temp = await mkdtempDisposable(path.join(tmpdir(), 'bfd-api-'));
  const projectFolder = path.join(ROOT, folder);
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: path.join(projectFolder, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder,
      mainEntryPointFilePath: path.join(projectFolder, 'dist', entry),
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFolder: temp.path,
        reportTempFolder: temp.path,
        reportFileName: 'report.api.md',
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: path.join(temp.path, 'rollup.d.ts') },
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2022',
            lib: ['es2022'],
            types: ['node'],
            strict: true,
            skipLibCheck: true,
          },
          files: [path.join('dist', entry)],
        },
      },
      messages: {
        // Docstrings here are prose with examples and no TSDoc; who needs a word for each member reads its name.
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  if (!succeeded) throw new Error(`API Extractor cannot read ${folder}/dist/${entry}; build first`);
  return {
    report: await readFile(path.join(temp.path, 'report.api.md'), 'utf8'),
    declarations: await readFile(path.join(temp.path, 'rollup.d.ts'), 'utf8'),
  };
}
