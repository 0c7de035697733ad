import { describeTarget } from './describe-target.ts';
import { exported } from './exported-project.ts';
import { StepFunctionsTarget } from './step-functions-target.ts';

describeTarget('step-functions', true, async (project, waitFor) => {
  const files = await exported(project, 'step-functions', '--wait-for', waitFor);
  const definitions = [...files].flatMap(([name, text]): [string, string][] =>
    name.endsWith('.asl.json') ? [[name.replace('.asl.json', ''), text]] : [],
  );
  return new StepFunctionsTarget(project, new Map(definitions));
});
