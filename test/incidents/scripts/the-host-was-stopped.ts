import { EVERY_MINUTE, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...EVERY_MINUTE }],
  happens: async (stage) => {
    const host = await stage.startHost();
    await host.stop();
    await stage.pass('1 hour');
  },
  asks: 'load',
  verdict: 'no-host',
  says: /seen at .* \(1 h 0 min ago\)/,
});
