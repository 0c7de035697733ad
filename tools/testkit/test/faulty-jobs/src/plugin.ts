// Jobs with a mistake each, all of which work as long as nothing happens. The testing kit has to find them out.

import { definePlugin } from '@bfd-host/sdk';
import { NotesAfterwards, NotesBefore, SwallowsErrors } from './careless.ts';
import { LogsNumber, TellsNumber } from './leaking.ts';

export default definePlugin({
  jobs: [NotesAfterwards, NotesBefore, SwallowsErrors, LogsNumber, TellsNumber],
});
