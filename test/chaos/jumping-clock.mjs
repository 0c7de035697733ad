// Loaded into a host before anything else: at each SIGUSR2 its wall clock jumps to be wrong by the next of CLOCK_MINUTES.
const offsets = (process.env.CLOCK_MINUTES ?? '')
  .split(',')
  .map((minutes) => Number(minutes) * 60_000);
const RealDate = Date;
let aheadMs = 0;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};
process.on('SIGUSR2', () => {
  aheadMs = offsets.shift() ?? 0;
});
