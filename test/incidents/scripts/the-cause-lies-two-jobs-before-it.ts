import { after, FAR_OFF, incident } from '../incident.ts';
import { failure } from '../stage.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema') },
    { name: 'fix-up', ...FAR_OFF, ...after('load') },
  ],
  happens: async (stage) => {
    const host = await stage.startHost({ schema: failure('SCHEMA_BROKEN') });
    for (const job of ['schema', 'load', 'fix-up']) {
      await stage.operations.run(job, 0);
      await host.work();
    }
  },
  asks: 'fix-up',
  verdict: 'dependency-queued',
  because: ['dependency-failed', 'last-run-failed', 'not-due'],
});
