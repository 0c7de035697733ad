import { FAR_OFF, incident } from '../incident.ts';
import { failure } from '../stage.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF, retries: { limit: 3 } }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: failure('BAD_FILE', { isPermanent: true }) });
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'last-run-failed',
  says: /BAD_FILE/,
});
