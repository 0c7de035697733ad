import { EVERY_MINUTE, incident } from '../incident.ts';

export default incident({
  jobs: [{ name: 'load', ...EVERY_MINUTE }],
  happens: async () => {},
  asks: 'load',
  verdict: 'no-host',
  says: /none ever was/,
});
