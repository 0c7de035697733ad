import { exportAirflow } from './airflow.ts';
import { exportConductor } from './conductor.ts';
import { ExportPlan } from './export-plan.ts';
import type { Exported, ExportedFile, ExportOptions } from './exported.ts';
import { exportKubernetes } from './kubernetes.ts';
import { exportNomad } from './nomad.ts';
import type { ExportedSetup } from './read-exported.ts';
import { exportStepFunctions } from './step-functions.ts';
import type { Target } from './target-names.ts';

/**
 * The files for a target. The same input gives the same text.
 *
 * @example
 * const { files, problems } = exportTo('kubernetes', await readExported('host.config.json'), USUAL_OPTIONS);
 */
export function exportTo(target: Target, setup: ExportedSetup, options: ExportOptions): Exported {
  const plan = new ExportPlan(setup, options);
  const files = filesOf(target, plan);
  return { files, problems: plan.problems, notices: plan.notices };
}

function filesOf(target: Target, plan: ExportPlan): ExportedFile[] {
  switch (target) {
    case 'step-functions':
      return exportStepFunctions(plan);
    case 'kubernetes':
      return exportKubernetes(plan);
    case 'nomad':
      return exportNomad(plan);
    case 'airflow':
      return exportAirflow(plan);
    case 'conductor':
      return exportConductor(plan);
  }
}
