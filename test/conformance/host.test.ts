import { describeTarget } from './describe-target.ts';
import { HostTarget } from './host-target.ts';

describeTarget('host', true, (project) => HostTarget.start(project));
