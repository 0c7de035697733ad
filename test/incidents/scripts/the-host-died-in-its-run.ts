import { AT_START, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...AT_START }],
  happens: async (stage) => {
    const host = await stage.startHost({ load: 'never' });
    await host.die();
    await stage.pass('5 minutes');
  },
  asks: 'load',
  verdict: 'no-host',
});
