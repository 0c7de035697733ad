import { describe, expect, it } from 'vitest';
import { BundleText } from './bundle-text.ts';

const bundle = new BundleText(`
  log.info("data set loaded", { files: 3 });
  log.info('it\\'s "done"');
  log.info(\`costs \\\${x}\`);
  log.info("for \\u00e9lan and \\\\ slash");
  const word$1 = tableName;
`);

describe('a text that is shown only if the author wrote it', () => {
  it.each([
    ['in double quotes', 'data set loaded'],
    ['with quotes that are escaped', 'it\'s "done"'],
    ['in a template', `costs \${x}`],
    ['with characters that are escaped', 'for élan and \\ slash'],
  ])('is found %s', (_, text) => {
    expect(bundle.hasLiteral(text)).toBe(true);
  });

  it.each([
    ['it is a part of a literal', 'data set'],
    ['it is code', 'log.info'],
    ['it is empty', ''],
    ['it has a line break', 'data set\nloaded'],
    ['it is nowhere', 'SMITH'],
  ])('is not found when %s', (_, text) => {
    expect(bundle.hasLiteral(text)).toBe(false);
  });

  it('answers the same when asked again', () => {
    expect([bundle.hasLiteral('SMITH'), bundle.hasLiteral('SMITH')]).toEqual([false, false]);
    expect([bundle.hasLiteral('data set loaded'), bundle.hasLiteral('data set loaded')]).toEqual([
      true,
      true,
    ]);
  });
});

describe('a name that is shown only if it is in the bundle', () => {
  it.each(['files', 'tableName', 'word$1', 'loaded'])('is found: %s', (word) => {
    expect(bundle.hasWord(word)).toBe(true);
  });

  it.each(['file', 'table', 'word', 'SMITH', 'a b'])('is not found: %s', (word) => {
    expect(bundle.hasWord(word)).toBe(false);
  });
});
