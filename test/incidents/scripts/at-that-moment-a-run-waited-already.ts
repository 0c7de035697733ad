import { HALF_AN_HOUR_AGO, halfAnHourAgo, incident } from '../incident.ts';
import { WORK } from '../stage.ts';

export default incident({
  jobs: [{ name: 'load', schedule: HALF_AN_HOUR_AGO }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: WORK });
    await stage.operations.pause('load');
    await stage.operations.run('load', 0);
    await stage.pass('1 hour');
    await host.look();
    await stage.operations.resume('load');
    await host.work();
  },
  asks: 'load',
  at: halfAnHourAgo(),
  verdict: 'overlapped',
});
