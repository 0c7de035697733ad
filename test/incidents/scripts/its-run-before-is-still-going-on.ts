import { EVERY_MINUTE, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...EVERY_MINUTE }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: 'never' });
    await stage.operations.run('load', 0);
    await host.work();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'running',
  because: ['overlapped'],
});
