import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    { name: 'load', ...FAR_OFF, pool: 'heavy' },
    { name: 'rival', ...FAR_OFF, pool: 'heavy' },
  ],
  config: { concurrency: 9, pools: { heavy: 1 } },
  happens: async (stage) => {
    const host = await stage.startHost({ rival: 'never' });
    await stage.operations.run('rival', 0);
    await host.work();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'pool-full',
  says: /^its pool heavy is full: rival$/,
});
