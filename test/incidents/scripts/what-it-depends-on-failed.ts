import { after, FAR_OFF, incident } from '../incident.ts';
import { failure } from '../stage.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema') },
  ],
  happens: async (stage) => {
    const host = await stage.startHost({ schema: failure('SCHEMA_BROKEN') });
    await stage.operations.run('schema', 0);
    await host.work();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'dependency-failed',
  says: /^the last run of schema failed \(SCHEMA_BROKEN\)$/,
  because: ['last-run-failed', 'not-due'],
});
