import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { ask } from './ask.ts';

const ENTER = '\r';
const DOWN = '\x1b[B';
const CTRL_C = '\x03';

/** A terminal whose person says one thing after the other, each once they are asked for it. */
function terminal(...dialogue: readonly (readonly [asked: RegExp, said: readonly string[]])[]) {
  const input = new PassThrough();
  const waiting = [...dialogue];
  let shown = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      shown += stripVTControlCharacters(String(chunk));
      const [next] = waiting;
      if (next?.[0].test(shown)) {
        waiting.shift();
        shown = '';
        // A key a turn of the event loop, as from a keyboard.
        let keys = Promise.resolve();
        for (const key of next[1]) keys = keys.then(() => void input.write(key));
      }
      done();
    },
  });
  return { input, output };
}

it('asks for what was not said, and says what is wrong with an answer', async () => {
  const at = terminal(
    [/called\?/, ['My Job', ENTER]],
    [/is no name for a job/, [...'\x7f'.repeat(6), 'my-job', ENTER]],
    [/What does it do\?/, [ENTER]],
    [/What does it need/, [' ', DOWN, ' ', ENTER]],
    [/When does it run/, [ENTER]],
    [/After which jobs/, ['database-schema@>=42 other', ENTER]],
  );

  await expect(ask({}, at)).resolves.toEqual({
    name: 'my-job',
    kind: 'empty',
    needs: 'db,s3',
    schedule: '*/5 * * * *',
    dependsOn: ['database-schema@>=42', 'other'],
  });
});

it('does not ask for what was said, nor a job that is not empty for its needs', async () => {
  const at = terminal(
    [/What does it do\?/, [DOWN, ENTER]],
    [/After which jobs/, [ENTER]],
    [/name one/, ['other', ENTER]],
  );

  await expect(ask({ name: 'loads', schedule: 'none' }, at)).resolves.toMatchObject({
    name: 'loads',
    kind: 'poll-s3',
    schedule: 'none',
    dependsOn: ['other'],
  });
});

it('ends when the author changes their mind', async () => {
  const at = terminal([/What does it do\?/, [CTRL_C]]);

  await expect(ask({ name: 'never-mind' }, at)).rejects.toMatchObject({ name: 'Cancelled' });
});
