import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF, pool: 'heavy' }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'job-refused',
  says: /runs in the pool "heavy"/,
});
