import { incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', schedule: { cron: '30 2 * * *' } }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  at: '2099-01-01T02:30Z',
  verdict: 'still-to-come',
});
