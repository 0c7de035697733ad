import { describeTarget } from './describe-target.ts';
import { HostTarget } from './host-target.ts';

describeTarget('host', false, (project) => HostTarget.start(project));
