import { describe, expect, it } from 'vitest';
import { hashIdentifier } from './identifier-hash.ts';

describe('the hash of an identifier', () => {
  // Vectors of the original's tests (IdHasherTest, RifLoaderTest, RifLoaderIT and others).
  it.each([
    [
      '123456789A',
      'nottherealpepper',
      1000,
      'd95a418b0942c7910fb1d0e84f900fe12e5a7fd74f312fa10730cc0fda230e9a',
    ],
    [
      '987654321E',
      'nottherealpepper',
      1000,
      '6357f16ebd305103cf9f2864c56435ad0de5e50f73631159772f4a4fcdfe39a5',
    ],
    [
      '3456789',
      'nottherealpepper',
      1000,
      'ec49dc08f8dd8b4e189f623ab666cfc8b81f201cc94fe6aef860a4c3bd57f278',
    ],
    [
      '2456689',
      'nottherealpepper',
      1000,
      '742086db6bf338dedda6175ea3af8ca5e85b81fda9cc7078004a4d3e4792494b',
    ],
    [
      'SSSS',
      'nottherealpepper',
      2,
      '401441595efcc68bc5b26f4e88bd9fa550004e068d69ff75761ab946ec553a02',
    ],
    [
      '3456789',
      'nottherealpepper',
      2,
      '82273caf4d2c3b5a8340190ae3575950957ce469e593efd7736d60c3b39d253c',
    ],
    [
      '543217066U',
      'nottherealpepper',
      2,
      '99f6cc85e95c4b2cec5382600478482cceadb7534d4c3f0a4f2e55d33428c169',
    ],
    [
      '12345678901',
      'nottherealpepper',
      10,
      '3cf7b310f8fd6e7b275ddbdc6c3cd5b4eec0ea10bc9a504d471b086bd5d9b888',
    ],
    [
      '54678912456',
      'nottherealpepper',
      10,
      '717ac79ed263a61100f92f7ca67df9249501d52ee4d1af49ea43b457fcabf0d1',
    ],
    [
      'c1ihk7q0g3i',
      'pepper-pepper-pepper',
      5,
      'c3b21bb6fef6e8af99a175e53b20893048dc2cd9f566a4930d8c1e6f8a30822d',
    ],
    [
      '0vtc7u321x0',
      'pepper-pepper-pepper',
      5,
      'b30cb27025eceae66fcedf88c3c2a8631381f1ffc26fcc9d46271038dae58721',
    ],
  ])(
    "of %s with pepper %s and %i iterations is the original's",
    async (identifier, pepper, iterations, hash) => {
      expect(await hashIdentifier(identifier, { pepper: Buffer.from(pepper), iterations })).toBe(
        hash,
      );
    },
  );
});
