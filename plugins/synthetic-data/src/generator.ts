/**
 * The generator by itself, for tests and benchmarks: files of a data set as bytes, without S3 or a host.
 *
 * @example
 * const dataSet = planDataSet({
 *   seed: 1, beneficiaries: 1000, year: 2025, claimsPerBeneficiary: DEFAULT_CLAIMS_PER_BENEFICIARY,
 * });
 * for (const { name, type } of dataSet.files) await writeFile(name, generateFile(type, dataSet));
 */

export {
  type DataFile,
  type DataSet,
  type DataSetOptions,
  FIRST_NUMBERS,
  type Numbers,
  planDataSet,
} from './generate/data-set.ts';
export { generateFile, type Tally } from './generate/generate-file.ts';
export {
  CARE_TYPES,
  type CareType,
  type ClaimsPerBeneficiary,
  DEFAULT_CLAIMS_PER_BENEFICIARY,
} from './generate/record-counts.ts';
