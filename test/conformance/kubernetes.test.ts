import { describeTarget } from './describe-target.ts';
import { exported } from './exported-project.ts';
import { KubernetesTarget } from './kubernetes-target.ts';

describeTarget('kubernetes', true, async (project, waitFor) => {
  const files = await exported(project, 'kubernetes', '--wait-for', waitFor);
  return new KubernetesTarget(project, files.get('bfd-host.yaml') ?? '');
});
