import { describe, expect, it } from 'vitest';
import { type DataFile, pde, TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, recordsText, rowFields } from './rif/rows.testkit.ts';

describe('a synthetic data set', () => {
  const properties = {
    clm_grp_id_start: -1n,
    pde_id_start: -2n,
    carr_clm_cntl_num_start: -3n,
    fi_doc_cntl_num_start: -4n,
    hicn_start: 'T01A',
    bene_id_start: -10n,
    clm_id_start: -6n,
    mbi_start: '1S00EU1FY85',
    bene_id_end: -20n,
    clm_id_end: -8n,
    pde_id_end: -9n,
  };
  const synthetic = {
    syntheticData: true,
    preValidation: properties,
    folder: 'Synthetic/Incoming',
  } as const;
  const beneficiary = (id: string): DataFile => ({
    name: 'b.csv',
    type: 'BENEFICIARY',
    text: recordsText('BENEFICIARY', new Random(id), { records: 1, firstId: Number(id) }),
  });

  it('that collides with what is stored is rejected, once for all', async () => {
    await using bench = await Workbench.make();
    await bench.send([beneficiary('-15')]);
    await bench.run();
    await bench.send([pde('p.csv')], { ...synthetic, sequenceId: 1 });

    expect(await bench.run()).toMatchObject({
      kind: 'work-done',
      counts: { dataSets: 0, rejected: 1 },
    });
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(await bench.count("ccw.s3_manifest_files where status = 'REJECTED'")).toBe(1);
    expect(await bench.count('ccw.partd_events')).toBe(0);
  });

  it('is not held against itself after an interruption', async () => {
    await using bench = await Workbench.make();
    await bench.send([beneficiary('-15'), pde('p.csv')], synthetic);
    bench.beforeCommit = async () => {
      if ((await bench.count('ccw.beneficiaries')) > 0) throw new Error('cut');
    };
    await bench.runToError();
    bench.beforeCommit = async () => undefined;

    expect(await bench.run()).toMatchObject({ counts: { dataSets: 1, rejected: 0 } });
  });

  it('is loaded all the same when nobody wants the check', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, preValidate: 'off' });
    await bench.send([beneficiary('-15')]);
    await bench.run();
    await bench.send([pde('p.csv')], { ...synthetic, sequenceId: 1 });
    expect(await bench.run()).toMatchObject({ counts: { dataSets: 1, rejected: 0 } });
  });

  it.each([
    ['CHECK_CARR_CLAIM_CNTL_NUM', { carr_clm_cntl_num_start: -5n, clm_id_start: -50n }],
    ['CHECK_CLAIMS_GROUP_ID', { clm_grp_id_start: -70n }],
    ['CHECK_PDE_CLAIMS_GROUP_ID', { pde_id_start: -90n, clm_grp_id_start: -1000n }],
    ['CHECK_HICN_MBI_HASH', { hicn_start: 'T77', mbi_start: '1S' }],
    ['CHECK_FI_DOC_CNTL', { fi_doc_cntl_num_start: -66n }],
    ['CHECK_MBI_DUPES', {}],
  ])('is refused by %s', async (check, changes) => {
    await using bench = await Workbench.make();
    const none = {
      clm_grp_id_start: 0n,
      pde_id_start: 0n,
      carr_clm_cntl_num_start: 0n,
      fi_doc_cntl_num_start: 0n,
      hicn_start: 'x',
      bene_id_start: 0n,
      mbi_start: 'x',
    };
    await bench.send(stored(check));
    await bench.run();
    await bench.send([pde('p.csv')], {
      ...synthetic,
      sequenceId: 1,
      preValidation: { ...properties, ...none, ...changes },
    });
    await bench.run();

    const rejection = bench.log.find(
      ({ level, message }) => level === 'warn' && message.includes('rejected'),
    );
    expect(String(rejection?.fields['check'])).toBe(check);
  });

  /** Files with a row that only this check minds. */
  function stored(check: string): DataFile[] {
    const random = new Random(check);
    const file = (type: DataFile['type'], values: Record<string, string>[]): DataFile => ({
      name: `${type}.csv`,
      type,
      text: fileText(
        type,
        values.map((row) => rowFields(type, random, { values: row })),
      ),
    });
    switch (check) {
      case 'CHECK_CARR_CLAIM_CNTL_NUM':
        return [
          file('CARRIER', [{ CLM_ID: '-60', CLM_GRP_ID: '-99999831003', CARR_CLM_CNTL_NUM: '-5' }]),
        ];
      case 'CHECK_CLAIMS_GROUP_ID':
        return [file('SNF', [{ CLM_ID: '-1', CLM_GRP_ID: '-71' }])];
      case 'CHECK_PDE_CLAIMS_GROUP_ID':
        return [file('PDE', [{ PDE_ID: '-91', CLM_GRP_ID: '-99999831003' }])];
      case 'CHECK_HICN_MBI_HASH':
        return [file('BENEFICIARY', [{ BENE_ID: '3', BENE_CRNT_HIC_NUM: 'T77' }])];
      case 'CHECK_FI_DOC_CNTL':
        return [file('HOSPICE', [{ CLM_ID: '-1', CLM_GRP_ID: '5', FI_DOC_CLM_CNTL_NUM: '-66' }])];
      default:
        return [
          file(
            'BENEFICIARY_HISTORY',
            ['-1', '-2', '-3'].flatMap((id) =>
              ['A', 'B'].map((MBI_NUM) => ({ BENE_ID: id, MBI_NUM })),
            ),
          ),
        ];
    }
  }
});
