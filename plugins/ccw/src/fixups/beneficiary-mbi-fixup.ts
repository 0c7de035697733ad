// The job that makes the hashes of beneficiaries that were loaded without.

import {
  CONFIG,
  DB_POOL,
  inject,
  Job,
  LOGGER,
  type Logger,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
} from '@bfd-host/sdk';
import { type FixupConfig, fixupConfig } from './fixup-config.ts';
import { HashFixup } from './hash-fixup.ts';

@Job({
  name: 'beneficiary-mbi-fixup',
  version: '1.0.0',
  description: 'Makes missing MBI and HICN hashes of beneficiaries',
  // Right after a load that did work; every minute for what a run with its time used up has left.
  runAfter: true,
  schedule: { cron: '45 * * * * *' },
  dependsOn: [{ job: 'database-schema', version: '>=44' }, { job: 'ccw-rif-load' }],
  config: fixupConfig,
})
export class BeneficiaryMbiFixup implements Runnable {
  readonly #fixup: HashFixup;

  constructor(
    @inject(DB_POOL) db: Pool,
    @inject(CONFIG) config: FixupConfig,
    @inject(LOGGER) log: Logger,
  ) {
    this.#fixup = new HashFixup('ccw.beneficiaries', db, config, log);
  }

  run(ctx: RunContext): Promise<Outcome> {
    return this.#fixup.run(ctx);
  }
}
