import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  happens: async (stage) => {
    await stage.startHost();
    await stage.operations.pause('load');
  },
  asks: 'load',
  verdict: 'paused',
  because: ['never-ran'],
});
