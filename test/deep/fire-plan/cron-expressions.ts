// Random cron expressions that node-cron takes.

import fc from 'fast-check';
import { validate } from 'node-cron';

/** Five or six fields, with lists, ranges (also wrapping), steps, names and the special days. */
export function cronExpression(): fc.Arbitrary<string> {
  const day = fc.oneof(
    field(1, 31),
    fc.constantFrom('L', 'LW', '?', 'L,15'),
    fc.integer({ min: 1, max: 30 }).map((offset) => `L-${offset}`),
    fc.integer({ min: 1, max: 31 }).map((wanted) => `${wanted}W`),
  );
  const weekday = fc.oneof(
    field(0, 7),
    fc.constantFrom('MON-FRI', 'sat,SUN', 'FRIDAY', 'SUN-TUE', '?'),
    fc
      .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 5 }))
      .map(([d, n]) => `${d}#${n}`),
    fc.constantFrom('SUNL', '5L', '1L,4L', '2#1,FRI#3'),
  );
  const month = fc.oneof(field(1, 12), fc.constantFrom('JAN', 'feb-APR', 'NOV-FEB', 'SEP,OCTOBER'));
  return fc
    .tuple(fc.option(field(0, 59)), field(0, 59), field(0, 23), day, month, weekday)
    .map(([second, ...fields]) => [...(second === null ? [] : [second]), ...fields].join(' '))
    .filter((cron) => validate(cron));
}

function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 1, max: 30 });
  const token = fc.oneof(
    value.map(String),
    fc.tuple(value, value).map(([from, to]) => `${from}-${to}`),
    fc.tuple(value, value, step).map(([from, to, by]) => `${from}-${to}/${by}`),
    step.map((by) => `*/${by}`),
  );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    {
      weight: 3,
      arbitrary: fc.array(token, { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
    },
  );
}
