/** Cores and memory that a Fargate task can have: the smallest that holds both. */
export function fargateSize(
  cpu: number,
  memoryMb: number,
): { readonly cpuUnits: number; readonly memoryMb: number } | undefined {
  for (const { cpuUnits, fromGb, toGb, stepGb } of SIZES) {
    if (cpuUnits < cpu * 1024 || toGb * 1024 < memoryMb) continue;
    if (cpuUnits === 256 && memoryMb <= 512) return { cpuUnits, memoryMb: 512 };
    const steps = Math.max(0, Math.ceil((memoryMb / 1024 - fromGb) / stepGb));
    return { cpuUnits, memoryMb: (fromGb + steps * stepGb) * 1024 };
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
const SIZES = [
  { cpuUnits: 256, fromGb: 1, toGb: 2, stepGb: 1 },
  { cpuUnits: 512, fromGb: 1, toGb: 4, stepGb: 1 },
  { cpuUnits: 1024, fromGb: 2, toGb: 8, stepGb: 1 },
  { cpuUnits: 2048, fromGb: 4, toGb: 16, stepGb: 1 },
  { cpuUnits: 4096, fromGb: 8, toGb: 30, stepGb: 1 },
  { cpuUnits: 8192, fromGb: 16, toGb: 60, stepGb: 4 },
  { cpuUnits: 16384, fromGb: 32, toGb: 120, stepGb: 8 },
] as const;
