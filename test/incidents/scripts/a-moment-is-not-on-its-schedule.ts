import { incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: { cron: '30 2 * * *', timezone: 'America/New_York' } }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  at: '2026-03-09T04:00',
  verdict: 'not-scheduled',
  says: /before at 2026-03-09T06:30:00Z and next at 2026-03-10T06:30:00Z/,
});
