import { HALF_AN_HOUR_AGO, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: { ...HALF_AN_HOUR_AGO, missed: 'skip' } }],
  happens: async (stage) => {
    const host = await stage.startHost();
    host.isDatabaseAway = true;
    await host.look();
    await stage.pass('2 hours');
    host.isDatabaseAway = false;
    await host.look();
  },
  asks: 'load',
  verdict: 'missed-database-unreachable',
});
