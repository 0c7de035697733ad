import { definePlugin, Job, nothingToDo, type Outcome, type Runnable } from '@bfd-host/sdk';

@Job({ name: 'throws-while-loaded', version: '1.0.0', startup: true })
class ThrowsWhileLoaded implements Runnable {
  async run(): Promise<Outcome> {
    return nothingToDo();
  }
}

// Somebody's name, written so that it is nowhere in the bundle.
const surname = [...'roomhtirdneuQ'].reverse().join('');
if (process.env['BFD_JOB_PROCESS'] !== undefined) throw new Error(`no member ${surname}`);

export default definePlugin({ jobs: [ThrowsWhileLoaded] });
