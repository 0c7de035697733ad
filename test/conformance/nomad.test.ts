import { describeTarget } from './describe-target.ts';
import { exported } from './exported-project.ts';
import { nomadJobSchema } from './nomad-form.ts';
import { NomadTarget } from './nomad-target.ts';

describeTarget('nomad', false, async (project, waitFor) => {
  const files = await exported(project, 'nomad', '--wait-for', waitFor);
  const jobs = [...files].flatMap(([name, text]) => {
    if (!name.endsWith('.nomad.json')) return [];
    const job = nomadJobSchema.parse(JSON.parse(text));
    return [[job.Job.ID, job] as const];
  });
  return new NomadTarget(project, new Map(jobs));
});
