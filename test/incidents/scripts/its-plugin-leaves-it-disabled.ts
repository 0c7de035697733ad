import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...FAR_OFF, enabledByDefault: false }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'disabled',
  says: /host\.config\.json enables it/,
});
