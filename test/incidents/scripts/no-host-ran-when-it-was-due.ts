import { HALF_AN_HOUR_AGO, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: { ...HALF_AN_HOUR_AGO, missed: 'skip' } }],
  happens: async (stage) => {
    const host = await stage.startHost();
    await host.stop();
    await stage.pass('2 hours');
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'missed-host-down',
  says: /^2 fires from .* were missed: no host was running from .* until/,
  because: ['never-ran'],
});
