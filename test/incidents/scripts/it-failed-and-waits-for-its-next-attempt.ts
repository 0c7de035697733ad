import { FAR_OFF, incident } from '../incident.ts';
import { failure } from '../stage.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF, retries: { limit: 3, delayMs: 60_000 } }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: failure('BUCKET_GONE') });
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'retry-waits',
  says: /^attempt 2 starts at/,
  because: ['last-run-failed'],
});
