// Errors that code throws, with values in every place an error has.

import { JobError, nothingToDo, type Outcome, PermanentError, safe } from '@bfd-host/sdk';
import type { Acting } from '../../acting.ts';

/** Keeps what is about to be thrown from being seen by the compiler as the end of the function. */
function fail(error: unknown): void {
  throw error;
}

export function messageWithRow({ person }: Acting): Outcome {
  throw new Error(`no such member: ${Object.values(person).join(', ')}`);
}

export function nameAndStack({ person }: Acting): Outcome {
  const error = new Error(person.mbi);
  error.name = `Refused ${person.surname}`;
  error.stack = `${person.hicn}\n    at ${person.surname} (file:///${person.mbi}/plugin.js:12:5)`;
  throw error;
}

export function causesWithRows({ person }: Acting): Outcome {
  const rowError = Object.assign(new RangeError(person.ssn), { row: person });
  const lookup = new TypeError(person.address, { cause: rowError });
  throw new Error('lookup failed', { cause: lookup });
}

export function severalErrors({ person }: Acting): Outcome {
  const errors = Object.values(person).map((text) => new Error(text));
  throw new AggregateError(errors, `${person.given} ${person.surname}`);
}

export function fieldsOfTheirOwn({ person }: Acting): Outcome {
  throw Object.assign(new Error('x'), {
    code: person.mbi,
    detail: person.surname,
    row: person,
    [person.hicn]: person.ssn,
    table: person.surname,
    status: Number(person.npi),
    places: [{ code: person.mbi, file: person.surname, line: Number(person.claim) }],
  });
}

export function gettersThatTell({ person }: Acting): Outcome {
  const error = new Error('x');
  for (const key of ['message', 'name', 'stack', 'code', 'cause', 'template', 'errors']) {
    Object.defineProperty(error, key, { get: () => person.mbi + key, enumerable: true });
  }
  throw error;
}

export function conversionsThatTell({ person }: Acting): Outcome {
  throw Object.assign(new Error('x'), {
    toString: () => person.surname,
    toJSON: () => person,
    [Symbol.toPrimitive]: () => person.mbi,
    [Symbol.for('nodejs.util.inspect.custom')]: () => person.ssn,
    get [Symbol.toStringTag]() {
      return person.hicn;
    },
  });
}

export function textThrown({ person }: Acting): Outcome {
  fail(`${person.given} ${person.surname}, ${person.mbi}`);
  return nothingToDo();
}

export function numberThrown({ person }: Acting): Outcome {
  fail(Number(person.claim));
  return nothingToDo();
}

export function rowThrown({ person }: Acting): Outcome {
  fail({ ...person, code: person.mbi, name: person.surname, message: person.address });
  return nothingToDo();
}

export function nothingThrown({ person }: Acting): Outcome {
  fail(person.mbi === '' ? person : undefined);
  return nothingToDo();
}

export function proxyThrown({ person }: Acting): Outcome {
  const tell = () => {
    throw new Error(person.surname);
  };
  fail(
    new Proxy(new Error(person.mbi), {
      get: tell,
      has: tell,
      ownKeys: tell,
      getPrototypeOf: tell,
      getOwnPropertyDescriptor: tell,
    }),
  );
  return nothingToDo();
}

export function classMadeAtRunTime({ person }: Acting): Outcome {
  const name = person.surname.replace(/\W/g, '');
  const made = { [name]: class extends Error {} };
  const Made = made[name] ?? Error;
  throw new Made(person.mbi);
}

export function functionMadeAtRunTime({ person }: Acting): Outcome {
  const name = person.surname.replace(/\W/g, '');
  const made = {
    [name]: () => {
      throw new SyntaxError(person.mbi);
    },
  };
  made[name]?.();
  return nothingToDo();
}

class RowRefusedError extends Error {}

export function ownClass({ person }: Acting): Outcome {
  throw new RowRefusedError(`${person.claim} of ${person.surname}`);
}

export function jobErrorWithFields({ person }: Acting): Outcome {
  throw new JobError(
    'PHI_LINE',
    '{file} has a bad {column} in line {line}: {value} of {name}, {claim}, {born}. Correct it and upload it again.',
    {
      file: safe.file(`2024/carrier-${person.surname}-${person.born}.csv`),
      column: safe.name('CLM_FROM_DT'),
      line: 17,
      value: person.mbi as unknown as number,
      name: safe.name(person.surname.replace(/\W/g, '')),
      claim: Number(person.claim),
      born: safe.timestamp(`${person.born}T00:00:00Z`),
    },
    {
      places: [
        {
          code: 'PHI_DATE',
          file: safe.file(`${person.mbi}.csv`),
          line: 17,
          column: safe.name(person.surname.replace(/\W/g, '')),
        },
        { code: person.mbi, line: 18 },
      ],
      cause: new Error(person.surname),
    },
  );
}

export function jobErrorMadeUp({ person }: Acting): Outcome {
  const code = `PHI_${person.surname.replace(/\W/g, '').toUpperCase()}`;
  throw new JobError(code, `${person.surname} has no ${person.mbi}` as 'x', {
    [person.hicn]: 1,
  });
}

export function permanentError({ person }: Acting): Outcome {
  throw new PermanentError(
    'PHI_FOR_GOOD',
    'The file is no RIF. Upload another.',
    {},
    {
      cause: new Error(person.mbi),
    },
  );
}

export function looksLikeTheDatabase({ person }: Acting): Outcome {
  throw Object.assign(new Error(person.mbi), {
    code: '23505',
    severity: 'ERROR',
    detail: `Key (mbi)=(${person.mbi})`,
    table: person.surname.replace(/\W/g, ''),
    column: person.given,
    constraint: person.mbi,
    schema: person.address,
    where: `COPY ${person.surname}, line 1, column ${person.given}: "${person.ssn}"`,
  });
}

export function looksLikeObjects({ person }: Acting): Outcome {
  throw Object.assign(new Error(person.mbi), {
    name: person.surname,
    Code: person.surname,
    Key: person.mbi,
    $fault: 'client',
    $metadata: { httpStatusCode: 404, requestId: person.hicn, extendedRequestId: person.ssn },
  });
}

export function looksLikeTheSdk({ person }: Acting): Outcome {
  throw Object.assign(new Error(person.mbi), {
    [Symbol.for('@bfd-host/job-error')]: true,
    code: person.mbi,
    template: person.surname,
    fields: { text: person.address },
    places: [{ code: person.mbi }],
  });
}
