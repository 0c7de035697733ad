import { HALF_AN_HOUR_AGO, halfAnHourAgo, incident } from '../incident.ts';
import { failure } from '../stage.ts';

export default incident({
  jobs: [{ name: 'load', schedule: HALF_AN_HOUR_AGO }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: failure('BUCKET_GONE') });
    await stage.pass('1 hour');
    await host.look();
  },
  asks: 'load',
  at: halfAnHourAgo(),
  verdict: 'led-to-run',
  says: /which failed \(BUCKET_GONE\)/,
});
