import { incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load' }],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'only-when-told',
});
