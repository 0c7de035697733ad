/** Where made-up people live, and what they are called. */

/** A county with the codes the several agencies give it. */
export interface Place {
  readonly city: string;
  readonly state: string;
  /** State and county as the Social Security Administration numbers them. */
  readonly ssaState: string;
  readonly ssaCounty: string;
  /** State and county as the census numbers them (FIPS). */
  readonly fips: string;
  /** First three digits of its ZIP codes. */
  readonly zip: string;
}

/** A few large counties of many states. */
export const PLACES: readonly Place[] = `
  BOSTON        MA 22 160 25025 021
  CAMBRIDGE     MA 22 090 25017 021
  WORCESTER     MA 22 170 25027 016
  LOS_ANGELES   CA 05 200 06037 900
  SAN_DIEGO     CA 05 470 06073 921
  HOUSTON       TX 45 610 48201 770
  CHICAGO       IL 14 141 17031 606
  MIAMI         FL 10 120 12086 331
  BROOKLYN      NY 33 331 36047 112
  PHOENIX       AZ 03 060 04013 850
  SEATTLE       WA 50 160 53033 981
  CLEVELAND     OH 36 170 39035 441
  PHILADELPHIA  PA 39 620 42101 191
  DETROIT       MI 23 810 26163 482
  ATLANTA       GA 11 470 13121 303`
  .trim()
  .split('\n')
  .map((line) => {
    const [city = '', state = '', ssaState = '', ssaCounty = '', fips = '', zip = ''] = line
      .trim()
      .split(/ +/);
    return { city: city.replace('_', ' '), state, ssaState, ssaCounty, fips, zip };
  });

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

// As Synthea does, names get a number behind them: nobody can take the person for a real one.
export const SURNAMES = words(`
  Abbott Bahringer Cormier Dare Emard Funk Gleason Hackett Jacobs Kris Larkin Mertz Nader Okuneva Parker Quitzon
  Rempel Schuppe Terry Ullrich Veum Waters Yost Zemlak`);

export const WOMEN = words(`
  Alma Berta Cleo Doretha Elsie Flora Gwen Hattie Irma Joleen Katrice Louvenia Marlene Nettie Opal Pearl`);

export const MEN = words(`
  Arturo Boyd Clyde Dewey Elmer Floyd Gus Hobert Irvin Jospeh Kurt Lemuel Milo Norbert Otis Percy`);

export const STREETS = words(
  'ASH BIRCH CEDAR ELM HICKORY JUNIPER LAUREL MAPLE OAK PINE SPRUCE WILLOW',
);
