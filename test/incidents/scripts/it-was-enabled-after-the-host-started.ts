import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  config: { jobs: { load: { enabled: false } } },
  happens: async (stage) => {
    await stage.startHost();
    await stage.configure({});
  },
  asks: 'load',
  verdict: 'job-not-on-any-host',
});
