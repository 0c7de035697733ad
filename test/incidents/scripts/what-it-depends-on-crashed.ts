import { after, FAR_OFF, incident } from '../incident.ts';
import { CRASH } from '../stage.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema') },
  ],
  happens: async (stage) => {
    const host = await stage.startHost({ schema: CRASH });
    await stage.operations.run('schema', 0);
    await host.work();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'dependency-failed',
  says: /^the last run of schema crashed/,
});
