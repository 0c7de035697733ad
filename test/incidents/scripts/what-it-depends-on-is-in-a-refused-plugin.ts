import { after, FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF, ...after('schema') }],
  happens: async (stage) => {
    await stage.install('schemas', [{ name: 'schema', ...FAR_OFF }]);
    await stage.damage('schemas');
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'job-refused',
  says: /depends on "schema" of plugins\/schemas, which was not loaded/,
});
