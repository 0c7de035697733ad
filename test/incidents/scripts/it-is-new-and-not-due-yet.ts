import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'never-ran',
  says: /fires next at/,
});
