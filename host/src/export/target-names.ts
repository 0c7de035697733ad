/** Whose orchestrator. Apart from the exports themselves, which `--help` must not wait for. */
export const TARGETS = ['step-functions', 'kubernetes', 'nomad', 'airflow', 'conductor'] as const;

export type Target = (typeof TARGETS)[number];
