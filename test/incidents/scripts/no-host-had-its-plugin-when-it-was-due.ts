import { HALF_AN_HOUR_AGO, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: { ...HALF_AN_HOUR_AGO, missed: 'skip' } }],
  happens: async (stage) => {
    const first = await stage.startHost();
    await first.stop();
    await stage.damage('staged');
    const without = await stage.startHost();
    await stage.pass('2 hours');
    await stage.install('staged', [
      { name: 'load', schedule: { ...HALF_AN_HOUR_AGO, missed: 'skip' } },
    ]);
    await without.stop();
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'missed-job-not-loaded',
});
