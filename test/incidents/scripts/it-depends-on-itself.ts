import { after, FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    { name: 'load', ...FAR_OFF, ...after('fix-up') },
    { name: 'fix-up', ...FAR_OFF, ...after('load') },
  ],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'job-refused',
  says: /depends on itself: load → fix-up → load/,
});
