import { after, FAR_OFF, incident } from '../incident.ts';
import { atVersion } from '../stage.ts';

export default incident({
  jobs: [
    { name: 'schema', ...FAR_OFF },
    { name: 'load', ...FAR_OFF, ...after('schema', { version: '>=42' }) },
  ],
  happens: async (stage) => {
    const host = await stage.startHost({ schema: atVersion('41') });
    await stage.operations.run('schema', 0);
    await host.work();
    await stage.operations.run('load', 0);
    await host.work();
  },
  asks: 'load',
  verdict: 'dependency-version',
  says: /^schema is at version 41, and >=42 is needed$/,
  because: ['not-due', 'last-run'],
});
