// Names of attributes: OpenTelemetry's where it has them, else `bfd.…`. Listed in docs/telemetry.md.
// https://opentelemetry.io/docs/specs/semconv/cicd/ (a job is a pipeline, a run is a pipeline run)

import type { RunResult } from '../runs/run-store.ts';

export const PIPELINE_NAME = 'cicd.pipeline.name';
export const PIPELINE_RUN_ID = 'cicd.pipeline.run.id';
export const PIPELINE_RESULT = 'cicd.pipeline.result';
export const PIPELINE_RUN_STATE = 'cicd.pipeline.run.state';
export const ERROR_TYPE = 'error.type';

export type PipelineResult = 'success' | 'failure' | 'error' | 'timeout' | 'cancellation';

/** What became of a run, in OpenTelemetry's words; ours, which tell more apart, go beside it as `bfd.run.result`. */
export function pipelineResult(result: RunResult): PipelineResult {
  switch (result) {
    case 'succeeded':
      return 'success';
    case 'failed':
      return 'failure';
    case 'crashed':
    case 'lost':
      return 'error';
    case 'timed-out':
      return 'timeout';
    case 'cancelled':
    case 'interrupted':
      return 'cancellation';
  }
}
