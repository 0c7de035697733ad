import { FAR_OFF, incident } from '../incident.ts';
import { failure } from '../stage.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: failure('BUCKET_GONE') });
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'last-run-failed',
  says: /BUCKET_GONE: It went wrong\./,
  because: ['not-due'],
});
