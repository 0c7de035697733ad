import { FAR_OFF, incident } from '../incident.ts';

export default incident({
  jobs: [
    {
      name: 'load',
      ...FAR_OFF,
      configSchema: {
        type: 'object',
        properties: { bucket: { type: 'string' } },
        required: ['bucket'],
      },
    },
  ],
  happens: async (stage) => {
    await stage.startHost();
  },
  asks: 'load',
  verdict: 'job-refused',
  says: /jobs\.load\.config\.bucket is missing/,
});
