import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF }],
  happens: async (stage) => {
    await stage.damage('staged');
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'plugin-refused',
  says: /plugins\/staged was not loaded.*BFD_PLUGIN_DIGEST/,
});
