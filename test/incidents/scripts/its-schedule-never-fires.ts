import { incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: { cron: '0 0 8 * MON#1' } }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'never-fires',
});
