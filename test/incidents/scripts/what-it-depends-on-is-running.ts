import { after, FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema') },
  ],
  config: { concurrency: 2 },
  happens: async (stage) => {
    const host = await stage.startHost({ schema: 'never' });
    await stage.operations.run('schema', 0);
    await host.work();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'dependency-running',
  because: ['running'],
});
