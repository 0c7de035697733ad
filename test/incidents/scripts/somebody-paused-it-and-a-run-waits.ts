import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  happens: async (stage) => {
    const host = await stage.startHost();
    await stage.operations.pause('load');
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'paused',
  says: /by an operator/,
});
