import { after, FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema') },
  ],
  happens: async (stage) => {
    const host = await stage.startHost();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'dependency-never-ran',
  says: /^schema has not run yet$/,
  because: ['never-ran'],
});
