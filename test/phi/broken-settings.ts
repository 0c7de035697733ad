// A host.config.json where nothing is right, made of what belongs to somebody.

import type { Person } from './people.ts';

export function brokenSettings(whose: Person): object {
  const { mbi, surname, given, ssn, address, phone, npi, claim, hicn, born } = whose;
  return {
    mode: 'production',
    database: `postgres://user:${encodeURIComponent(mbi)}@/${encodeURIComponent(surname)}?sslmode=x`,
    s3: { endpoint: `not a url ${ssn}`, accessKeyId: hicn, secretAccessKey: address },
    concurrency: Number(claim),
    jobs: {
      'config-of-every-kind': {
        enabled: true,
        debugOutput: true,
        config: {
          text: Number(npi),
          shortText: address,
          pattern: mbi,
          email: surname,
          url: ssn,
          uuid: hicn,
          date: surname,
          moment: born,
          literal: given,
          choice: surname,
          number: Number(claim),
          whole: Number(npi) + 0.5,
          step: Number(npi),
          flag: surname,
          nothing: mbi,
          list: [ssn, phone, mbi],
          pair: [Number(claim), surname],
          byName: { [mbi]: surname, [ssn]: hicn },
          named: { [phone]: mbi },
          either: surname,
          form: { kind: surname, a: mbi },
          inner: { deep: mbi, [ssn]: surname },
          maybe: address,
          both: { one: given, two: mbi },
          [hicn]: surname,
        },
      },
    },
  };
}
