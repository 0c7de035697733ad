import { FAR_OFF, incident } from '../incident.ts';
import { CRASH } from '../stage.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: CRASH });
    for (let times = 0; times < 3; times++) {
      await stage.operations.run('load', 0);
      await host.work();
      await stage.pass('10 seconds');
    }
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'quarantined',
});
