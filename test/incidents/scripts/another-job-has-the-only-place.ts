import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    { name: 'load', ...FAR_OFF },
    { name: 'rival', ...FAR_OFF },
  ],
  happens: async (stage) => {
    const host = await stage.startHost({ rival: 'never' });
    await stage.operations.run('rival', 0);
    await host.work();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'no-free-slot',
  says: /after rival: one run at a time/,
  because: ['running'],
});
