import { after, FAR_OFF, incident } from '../incident.ts';
import { WORK } from '../stage.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema', { maxAgeMs: 3_600_000 }) },
  ],
  happens: async (stage) => {
    const host = await stage.startHost({ schema: WORK });
    await stage.operations.run('schema', 0);
    await host.work();
    await stage.pass('2 hours');
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'dependency-too-old',
  says: /older than 3600 s/,
});
