import { HALF_AN_HOUR_AGO, halfAnHourAgo, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: HALF_AN_HOUR_AGO }],
  happens: async (stage) => {
    const host = await stage.startHost();
    await stage.operations.pause('load');
    await stage.pass('1 hour');
    await host.look();
  },
  asks: 'load',
  at: halfAnHourAgo(),
  verdict: 'paused',
});
