import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'other', ...FAR_OFF }],
  happens: async (stage) => {
    await stage.startHost();
    await stage.install('late', [{ name: 'load', ...FAR_OFF }]);
  },
  asks: 'load',
  verdict: 'job-not-on-any-host',
  says: /the host that runs does not have it/,
});
