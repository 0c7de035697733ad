import { FAR_OFF, incident } from '../incident.ts';
import { NOTHING } from '../stage.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: NOTHING });
    for (let times = 0; times < 3; times++) {
      await stage.operations.run('load', 0);
      await host.work();
    }
  },
  asks: 'load',
  verdict: 'not-due',
  because: ['last-run'],
});
