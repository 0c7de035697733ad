// Loaded into a host before anything else: its wall clock is wrong by as many minutes as MINUTES_AHEAD says.
const aheadMs = Number(process.env.MINUTES_AHEAD ?? '0') * 60_000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};
