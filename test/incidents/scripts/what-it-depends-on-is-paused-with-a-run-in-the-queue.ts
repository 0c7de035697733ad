import { after, FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema') },
  ],
  happens: async (stage) => {
    const host = await stage.startHost();
    await stage.operations.pause('schema');
    await stage.operations.run('schema', 0);
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'dependency-queued',
  because: ['paused'],
});
