import { incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: { cron: '30 2 * * *', timezone: 'America/New_York' } }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  at: '2026-03-08T02:30',
  verdict: 'clock-skipped',
  says: /2026-03-08T07:00:00Z/,
});
