import { after, FAR_OFF, incident } from '../incident.ts';
import { NOTHING } from '../stage.ts';

export default incident({
  jobs: [
    { name: 'load', ...FAR_OFF },
    { name: 'fix-up', ...after('load') },
  ],
  happens: async (stage) => {
    const host = await stage.startHost({ load: NOTHING });
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'fix-up',
  verdict: 'waits-for-work',
  says: /when load did work/,
});
