import { after, FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema') },
  ],
  config: { jobs: { schema: { enabled: false } } },
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'job-refused',
  says: /depends on "schema", which is disabled/,
  because: ['disabled'],
});
